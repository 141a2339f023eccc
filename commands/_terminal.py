"""What the commands share: who acts, how answers and refusals are printed, how a store is opened."""

from __future__ import annotations

import gc
import os
import select
import shlex
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import Channel, Footage, Post, Publication, Rendition, User

SELDOM, USUAL = 20_000, 700  # new objects between two looks for rubbish: for one command, and as Python has it


def spoken() -> str:
    """The language that the tool speaks to this person: PORTEVOIX_LANG, else the system's, else French."""
    told = os.environ.get("PORTEVOIX_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "fr"
    return "en" if told.lower().startswith("en") else "fr"


def say(sentence: Sentence) -> None:
    """Prints one sentence for the person."""
    click.echo(sentence.text(spoken()))


def indented(line: str) -> None:
    """Prints what belongs to the line above it; nothing for nothing."""
    if line:
        click.echo(f"    {line}")


class Portevoix(click.Group):
    """The command group; what the stages refuse becomes one sentence on standard error and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """What the subcommand returns; exits with 1 where it was refused."""
        try:
            return super().invoke(ctx)
        except Said as refusal:
            click.echo(refusal.sentence.text(spoken()), err=True)
        except OSError as error:
            if isinstance(error, BrokenPipeError) and nobody_reads():
                raise  # click ends quietly: who piped us into “head” has seen enough
            # The disk, a folder, a pipe: the machine's own refusals, wherever a command meets them.
            name, why = str(error.filename or "–"), error.strerror or type(error).__name__
            refused = _(
                "The machine refused {name} ({why}): check its name, its rights and the disk.", name=name, why=why
            )
            click.echo(refused.text(spoken()), err=True)
        raise click.exceptions.Exit(1)


def nobody_reads() -> bool:
    """Whether standard output goes into a pipe whose reader has gone."""
    try:
        watched = select.poll()
        watched.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # closed, or no file at all
        return False
    return any(told & (select.POLLERR | select.POLLHUP) for _place, told in watched.poll(0))


def settings_known() -> None:
    """Says where the settings are, for what asks for one of them and needs no models."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def django() -> None:
    """Reads the settings and makes the models usable."""
    settings_known()
    # Classes and functions stay: looking through them for rubbish at every 700th costs a command a sixth of its time.
    gc.set_threshold(SELDOM)
    import django as framework
    from django.core.exceptions import ImproperlyConfigured

    try:
        framework.setup()
    except (ImproperlyConfigured, ValueError) as error:  # an address or a zone that is none
        why = str(error).splitlines()[0]
        raise Said(
            _("The settings cannot be used ({why}): check the PORTEVOIX_… variables and DATABASE_URL.", why=why)
        ) from None


def stored(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that works on the store: refuses, saying what to do, where there is none."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        django()
        from pipeline import setup

        setup.require()
        with database_words():
            return command(*args, **kwargs)

    return run


@contextmanager
def database_words() -> Iterator[None]:
    """A database that is locked, full, read-only or gone, said in a sentence."""
    from django.db import DatabaseError

    try:
        yield
    except DatabaseError as error:
        why = str(error).splitlines()[0]
        raise Said(
            _("The database refused ({why}); nothing was changed. Check its disk and rights.", why=why)
        ) from error


FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
post_argument = click.argument("number", metavar="POST", type=int)
publication_argument = click.argument("number", metavar="PUBLICATION", type=int)
as_option = click.option(
    "--as", "username", required=True, metavar="USER", help="Who does this; asks for the password."
)


def emit(as_json: bool, data: Any, show: Callable[[], None]) -> None:
    """The one JSON document, or the human form."""
    if as_json:
        import json

        click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=plain))
    else:
        show()


def plain(value: Any) -> str:
    """A value that JSON has no word for: times as ISO 8601, the rest as text."""
    return value.isoformat() if isinstance(value, date | time) else str(value)


def answer(as_json: bool, data: dict[str, Any], *sentences: Sentence) -> None:
    """What a verb has done: one small document for scripts, or its sentences."""

    def show() -> None:
        for sentence in sentences:
            say(sentence)

    emit(as_json, data, show)


def table(columns: Sequence[Sentence | str], rows: list[list[Any]]) -> None:
    """A plain table for people, its heads and cells in their language; nothing is cut off."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(cell_text(column), overflow="fold")
    for row in rows:
        shown.add_row(*[cell_text(cell) for cell in row])
    Console(highlight=False, markup=False, emoji=False).print(shown)


def cell_text(value: Any) -> str:
    """A cell in words: sentences in the person's language, yes or no, lists with commas, a dash for nothing."""
    if isinstance(value, bool):
        value = _("yes") if value else _("no")
    if isinstance(value, Sentence):
        return value.text(spoken())
    if isinstance(value, list | tuple):
        return ", ".join(cell_text(one) for one in value) or "–"
    return "–" if value is None else str(value)


def program() -> str:
    """The command as this person typed it, ready to be typed again."""
    typed = Path(sys.argv[0])
    if typed.suffix == ".py":
        return "python -m cli"
    if shutil.which(typed.name) == str(typed):
        return typed.name
    with_dots = typed.absolute()
    here = Path.cwd()
    return shlex.quote(str(with_dots.relative_to(here) if with_dots.is_relative_to(here) else with_dots))


def person(username: str) -> User:
    """The user who acts, after their password and second factor; a demo's throw-away store does not ask."""
    from pipeline import second_factor, setup

    user = find_user(username)
    if setup.is_demo():
        return user
    if not user.check_password(password_for(username)):
        raise Said(_("This is not {name}’s password.", name=username))
    if second_factor.enrolled(user):
        second_factor.prove(user, code_for(username))
    return user


def code_for(username: str) -> str:
    """The code of the person's phone, from PORTEVOIX_CODE, else asked for; after the password where nobody types."""
    if code := os.environ.get("PORTEVOIX_CODE"):
        return code
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(_("Code of {name}’s phone", name=username).text(spoken()), err=True))


def find_user(username: str, *, also_gone: bool = False) -> User:
    """The active person of that name, or also one who has left."""
    from pipeline.models import User

    user = User.objects.filter(username=username).first()
    if user is None or not (user.is_active or also_gone):
        raise Said(_("There is nobody called {name} here: see “portevoix user list”.", name=username))
    return user


def password_for(username: str) -> str:
    """The password, from PORTEVOIX_PASSWORD_FILE for scripts, else asked for."""
    if path := os.environ.get("PORTEVOIX_PASSWORD_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(_("Password of {name}", name=username).text(spoken()), hide_input=True, err=True))


def find_post(number: int) -> Post:
    """The post of that number."""
    from pipeline.models import Post

    post = Post.objects.filter(pk=number).first()
    if post is None:
        raise Said(_("There is no post number {number}: see “portevoix calendar”.", number=number))
    return post


def find_publication(number: int) -> Publication:
    """The publication of that number."""
    from pipeline.models import Publication

    row = Publication.objects.select_related("variant__post", "channel").filter(pk=number).first()
    if row is None:
        raise Said(_("There is no publication number {number}: see “portevoix calendar”.", number=number))
    return row


def find_rendition(number: int) -> Rendition:
    """The picture or video of that number."""
    from pipeline.models import Rendition

    row = Rendition.objects.filter(pk=number).first()
    if row is None:
        raise Said(_("There is no picture or video number {number}.", number=number))
    return row


def find_footage(code: str) -> Footage:
    """The footage whose code or hash begins so; `Said` where none or several do."""
    from pipeline.models import Footage

    rows = list(Footage.objects.filter(sha256__startswith=code.lower())[:2]) if len(code) >= 4 else []
    if len(rows) != 1:
        raise Said(_("There is no footage {code}: see “portevoix footage list”.", code=code[:64]))
    return rows[0]


def find_channel(name: str | None) -> Channel | None:
    """The channel of that name; None for none given, which means everything."""
    from pipeline import channels

    return channels.get(name) if name else None


def progress_bar(label: str) -> Any:
    """A bar on standard error; it stands still where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task(label, total=1.0)
    return bar


def publication_facts(row: Any) -> dict[str, Any]:
    """A publication for --json."""
    receipt = getattr(row, "receipt", None)
    return {
        "publication": row.pk, "post": row.variant.post_id, "channel": row.channel.name, "state": row.state,
        "due_at": row.due_at.isoformat(), "wall_time": row.wall_time.strftime("%Y-%m-%d %H:%M"), "zone": row.zone,
        "receipt": {"id": receipt.remote_id, "url": receipt.url} if receipt else None,
    }  # fmt: skip


def about_grace(rows: Iterable[Publication]) -> list[Sentence]:
    """Until when somebody can still stop these, where their time comes before that; nothing for all others."""
    from django.utils import timezone

    ends = [row.next_try_at for row in rows if row.state == "scheduled" and row.next_try_at]
    soon = [end for end in ends if end > timezone.now()]
    if not soon:
        return []
    end = timezone.localtime(max(soon)).strftime("%H:%M")
    return [_("Until {time} anyone can still stop it; after that it goes out.", time=end)]


def show_publications(rows: Any) -> None:
    """A table of publications, or a sentence that there are none."""
    from pipeline import states

    shown = [
        [
            r.pk,
            r.wall_time.strftime("%Y-%m-%d %H:%M"),
            r.channel.name,
            states.word(r),
            r.variant.post.title,
        ]
        for r in rows
    ]
    heads = [_("n°"), _("time"), _("channel"), _("state"), _("post")]
    table(heads, shown) if shown else say(_("Nothing is planned in this time."))


def with_clock(work: Callable[[], object], workers: int | None = None) -> None:
    """Does the work while the scheduler runs beside it with so many workers; with none it sends mails only."""
    import scheduler

    stop = threading.Event()
    clock = threading.Thread(target=scheduler.run, args=(stop, workers))
    clock.start()
    try:
        work()
    finally:
        stop.set()
        clock.join()


def stays() -> None:
    """For what runs for months: what is there by now is never looked through for rubbish again, what comes usually is.

    Looked for as seldom as in a command, rubbish of tens of megabytes gathers in between. Limited processes begin as
    copies of one that is loaded once. To be called before threads begin.
    """
    from pipeline import memory
    from pipeline.rendering import limited

    memory.pools(1, mapped_from=1 << 16)
    memory.large_pages()
    limited.copied()
    gc.collect()
    gc.freeze()
    gc.set_threshold(USUAL)


def serve_studio(host: str, port: int, *, ticking: bool) -> None:
    """Serves the pages until stopped, with the scheduler beside them; not `ticking`, it only sends and owes mails."""
    from waitress import serve as waitress

    from commands._serving import make_ready, options
    from config.wsgi import application
    from pipeline import deploying

    deploying.refuse_unsafe(host)
    say(_("The studio is open: http://{host}:{port}/  (Ctrl+C closes it.)", host=host, port=port))
    make_ready()
    try:
        stays()
        serve = partial(waitress, application, host=host, port=port, **options())
        with_clock(serve, None if ticking else 0)
    except OSError as error:
        raise Said(
            _("Port {port} cannot be opened ({why}): choose another with --port.", port=port, why=str(error))
        ) from None
