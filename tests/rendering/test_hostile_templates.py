"""What a template that somebody slipped in would try: none gets out of its values; a careless Jinja is found out."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, TemplateError

from publishers._templating import environment

WORD = "canary-Qz7"
VALUES = {"say": {"headline": "132"}, "lang": "fr", "figures": [("expulsions", "132")], "n": 7}
HOLDERS = ("''", "say", "figures", "n", "lang.join", "range", "dict", "cycler", "joiner", "namespace", "lipsum", "self")
WAYS = (
    ".__class__.__mro__[-1].__subclasses__()",
    "['__class__'].__base__.__subclasses__()",
    "|attr('__class__')|attr('__mro__')|last|attr('__subclasses__')()",
    ".__init__.__globals__['os'].environ",
    ".__globals__.__builtins__.vars(say.__class__)",
)
MORE = [
    "{{ lipsum.__globals__['os'].environ.PORTEVOIX_CANARY }}", "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ joiner.__init__.__globals__.os.environ }}", "{{ namespace.__init__.__globals__.os.environ }}",
    "{{ '{0.__class__.__mro__}'.format(say) }}", "{{ '%s'|format(say.__class__.__mro__) }}",
    "{{ ''.format_map(say.__class__.__dict__) }}", "{{ '{0.__init__.__globals__}'.format_map({'0': cycler}) }}",
    "{{ ('{0.__cl' ~ 'ass__}').format(say) }}", "{{ say|map(attribute='__class__')|list }}",
    "{{ [say]|map(attribute='__class__.__mro__')|list }}", "{{ [say]|sum(attribute='__class__') }}",
    "{% include path %}", "{% extends path %}", "{% import path as x %}", "{% from path import x %}",
    "{% include '../../config/settings.py' %}", "{% include '/etc/passwd' %}", "{{ url_for.__globals__ }}",
    "{{ config }}", "{{ request.environ }}", "{{ self._TemplateReference__context.environment.loader }}",
    "{{ self.__init__.__globals__ }}", "{{ self._TemplateReference__context.exported_vars.__class__.__mro__ }}",
    "{% set x = figures.append(('x', '1')) %}{{ figures|length }}", "{% set x = say.update({'a': 1}) %}",
    "{% set x = say.clear() %}", "{% set x = figures.sort() %}", "{% set x = figures.pop() %}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{{ (lang|attr('__add__')).__objclass__ }}", "{{ lang.encode.__self__.__class__ }}", "{{ n.__reduce_ex__(2) }}",
    "{{ lipsum.__code__.co_filename }}", "{{ lipsum.__closure__ }}", "{{ range.__subclasshook__ }}",
]  # fmt: skip
PAYLOADS = [f"{{{{ {holder}{way} }}}}" for holder, way in product(HOLDERS, WAYS)] + MORE


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file beside the templates, and a variable of the machine, that hold a word."""
    monkeypatch.setenv("PORTEVOIX_CANARY", WORD)
    path = tmp_path / "secret.txt"
    path.write_text(WORD, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    return path


def escapes(make: Callable[[], Environment], secret: Path) -> list[str]:
    """The payloads that came at the word, at what Python is made of, or that changed what they were given."""
    found = []
    for payload in PAYLOADS:
        given: dict[str, Any] = {"say": {"headline": "132"}, "lang": "fr", "figures": [("expulsions", "132")], "n": 7}
        try:
            told = make().from_string(payload).render({**given, "path": str(secret)})
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError):
            told = ""
        leaked = any(sign in told for sign in (WORD, "<class", "class &#39;", "PATH", "site-packages", "root:"))
        if leaked or given != VALUES:
            found.append(payload)
    return found


def test_no_template_gets_out_of_its_values(secret: Path) -> None:
    folder = secret.parent / "templates"
    assert len(PAYLOADS) >= 80 and os.environ["PORTEVOIX_CANARY"] == WORD
    assert escapes(lambda: environment(folder), secret) == []
    assert escapes(lambda: environment(folder, autoescape=False), secret) == []


def test_a_plain_jinja_would_be_found_out(secret: Path) -> None:
    assert len(escapes(Environment, secret)) > 15
