"""Coming in and going out, proving again who one is, and the language of the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from pipeline import people, second_factor, sessions, setup
from pipeline.errors import Refused
from pipeline.models import User
from publishers._sentences import Said, _

Rest = ParamSpec("Rest")
WAITING = "waiting"  # in the session: who gave the right password, and has yet to give a code
FOR_THE_CODE = timedelta(minutes=5)
WRONG_PASSWORD = _("This is not your password.")


def me(request: HttpRequest) -> User:
    """The person signed in; every view that asks is behind the sign-in."""
    assert isinstance(request.user, User)
    return request.user


def writer(request: HttpRequest) -> User:
    """Who asks; those who do not write posts are shut out, whatever the table of rights says."""
    user = me(request)
    if not user.may_write:
        raise PermissionDenied
    return user


@login_not_required
def speak(request: HttpRequest) -> HttpResponse:
    """Back to the page in the other language; a person signed in keeps it for the next time."""
    if request.method == "POST" and isinstance(request.user, User):
        people.speak(request.user, request.POST.get("language", ""))
    return set_language(request)


def lately(view: Callable[Concatenate[HttpRequest, Rest], HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose buttons ask a person to sign in again where they did so more than twelve hours ago."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if request.method == "POST" and not sessions.is_recent(request.session):
            messages.error(request, gettext("You signed in more than twelve hours ago: sign in again, then repeat it."))
            back = request.POST.get("next") or request.headers.get("Referer", "").removeprefix(_origin(request))
            return redirect(f"{reverse('again')}?{urlencode({'next': back})}")
        return view(request, *args, **kwargs)

    return guarded


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


class SignIn(views.LoginView):
    """The sign-in page; from here on pages speak the person's own language."""

    template_name = "sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """On to the code where the person has a second factor; else in."""
        user = form.get_user()
        assert isinstance(user, User)
        if second_factor.enrolled(user):
            self.request.session.cycle_key()
            self.request.session[WAITING] = {
                "user": user.pk, "password": user.get_session_auth_hash(), "next": self.get_redirect_url(),
                "until": (timezone.now() + FOR_THE_CODE).isoformat(),
            }  # fmt: skip
            return redirect("code")
        return _in(self.request, user, self.get_redirect_url())


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step of the sign-in: a code of the app, or a recovery code."""
    user = _waiting(request)
    if user is None:
        return redirect("sign-in")
    wrong = ""
    if request.method == "POST":
        try:
            second_factor.prove(user, request.POST.get("code", ""))
        except Said as refusal:
            wrong = refusal.sentence.text(user.language)
        else:
            return _in(request, user, request.session.pop(WAITING)["next"])
    return render(request, "code.html", {"refused": wrong})


def _waiting(request: HttpRequest) -> User | None:
    """Who gave the right password a moment ago in this session, if nothing changed about them since."""
    told: dict[str, Any] = request.session.get(WAITING, {})
    if not told or timezone.now() > datetime.fromisoformat(told["until"]):
        return None
    user = User.objects.filter(pk=told["user"], is_active=True).first()
    return user if user and user.get_session_auth_hash() == told["password"] else None


def _in(request: HttpRequest, user: User, to: str) -> HttpResponse:
    """Signed in, on to the page that was asked for; whoever has to set up a second factor is led there first."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    if lacks_second_factor(user):
        to = reverse("second-factor")
    response = HttpResponseRedirect(to or reverse(settings.LOGIN_REDIRECT_URL))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        user.language,
        max_age=settings.SESSION_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def lacks_second_factor(user: User) -> bool:
    """Whether this person approves posts and proves who they are by a password alone, which does not do."""
    return user.may_approve and user.second_factor_at is None and not setup.is_demo()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "code")
def again(request: HttpRequest) -> HttpResponse:
    """The page on which a person signed in long ago proves anew who they are; then back to where they were."""
    user, to = me(request), _local(request, request.POST.get("next") or request.GET.get("next") or "")
    wrong = ""
    if request.method == "POST":
        try:
            prove(request, user)
        except Said as refusal:
            wrong = refusal.sentence.text(user.language)
        else:
            request.session.cycle_key()
            sessions.enter(request.session, device(request))
            return HttpResponseRedirect(to)
    return render(request, "again.html", {"refused": wrong, "next": to, "asks_code": second_factor.enrolled(user)})


def prove(request: HttpRequest, user: User) -> None:
    """Takes the person's password and, where they have a second factor, a code; `Refused` else."""
    given = authenticate(request, username=user.username, password=request.POST.get("password", ""))
    if given is None or given.pk != user.pk:
        raise Refused(WRONG_PASSWORD)
    if second_factor.enrolled(user):
        second_factor.prove(user, request.POST.get("code", ""))


def _local(request: HttpRequest, to: str) -> str:
    here = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return to if here else reverse(settings.LOGIN_REDIRECT_URL)


def device(request: HttpRequest) -> str:
    """What a person recognises their browser by: "Firefox, Android"; never its whole signature."""
    said = request.headers.get("User-Agent", "")
    browsers = [("Firefox", "Firefox"), ("Edg", "Edge"), ("Chrome", "Chrome"), ("Safari", "Safari")]
    systems = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
               ("Mac", "Mac"), ("Linux", "Linux")]  # fmt: skip
    found = [next((name for mark, name in known if mark in said), "") for known in (browsers, systems)]
    return ", ".join(filter(None, found))
