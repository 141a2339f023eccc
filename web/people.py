"""Coming in and going out, and the language of the pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.views.i18n import set_language

from pipeline import people
from pipeline.models import User


def me(request: HttpRequest) -> User:
    """The person signed in; every view that asks is behind the sign-in."""
    assert isinstance(request.user, User)
    return request.user


@login_not_required
def speak(request: HttpRequest) -> HttpResponse:
    """Back to the page in the other language; a person signed in keeps it for the next time."""
    if request.method == "POST" and isinstance(request.user, User):
        people.speak(request.user, request.POST.get("language", ""))
    return set_language(request)


class SignIn(views.LoginView):
    """The sign-in page; from here on pages speak the person's own language."""

    template_name = "sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The redirect to the page that was asked for, with the person's language remembered."""
        response = super().form_valid(form)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            me(self.request).language,
            max_age=settings.SESSION_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response
