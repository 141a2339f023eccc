"""A person at the pages who clicks what is there: links, buttons, what unfolds; each click is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.test import Client


@dataclass
class Form:
    """A form with the values that a browser would send."""

    method: str
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Target:
    """Something that can be clicked: where it leads, or what it sends, and what has to be unfolded before."""

    kind: str  # a, button or summary
    within: tuple[int, ...]
    href: str = ""
    form: Form | None = None
    name: str = ""
    value: str = ""
    text: str = ""


class Page(HTMLParser):
    """What can be clicked on a page, read from its HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[Target] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._within: list[int] = []
        self._details = 0
        self._open: Target | None = None
        self._area: str | None = None
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("method", "get"), given.get("action", ""))
            self.forms.append(self._form)
        elif tag == "details":
            self._details += 1
            self._within.append(0 if "open" in given else self._details)
        elif tag in {"a", "button", "summary"}:
            around = self._within[:-1] if tag == "summary" else self._within
            self._open = Target(tag, tuple(n for n in around if n), given.get("href", ""), self._form,
                                given.get("name", ""), given.get("value", ""))  # fmt: skip
            if tag == "summary":
                self._open.value = str(self._within[-1])
            self.targets.append(self._open)
        elif self._form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "textarea":
            self._area = name
            self._form.fields[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form.fields):
            self._form.fields[self._select] = [given.get("value", "")]
        elif tag == "input" and name and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self._form.fields.setdefault(name, []).append(given.get("value", "on"))

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "details":
            self._within.pop()
        elif tag in {"a", "button", "summary"}:
            self._open = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._open is not None:
            self._open.text = " ".join(f"{self._open.text} {data}".split())
        elif self._area is not None and self._form is not None:
            self._form.fields[self._area][0] += data


class Person:
    """Somebody at the studio's pages; `clicks` grows with every link, button and fold, and `says` is the page."""

    def __init__(self) -> None:
        self.client, self.clicks, self.says = Client(headers={"accept-language": "en"}), 0, ""
        self._page, self._unfolded = Page(""), set[str]()

    def open(self, address: str) -> None:
        """The page at an address: a bookmark, no click."""
        self._show(self.client.get(address, follow=True))

    def type(self, **values: str) -> None:
        """Writes into the fields of the page's forms; the keyboard is no click."""
        for form in self._page.forms:
            form.fields.update({name: [value] for name, value in values.items() if name in form.fields})

    def click(self, text: str) -> None:
        """Clicks the first thing of exactly this text that can be seen."""
        seen = [t for t in self._page.targets if {str(n) for n in t.within} <= self._unfolded]
        found = next((t for t in seen if t.text == text), None)
        assert found, f"“{text}” cannot be clicked; there is {[t.text for t in seen]}"
        self.clicks += 1
        if found.kind == "summary":
            self._unfolded.add(found.value)
        elif found.kind == "a":
            self.open(found.href)
        else:
            assert found.form is not None
            pressed = {found.name: [found.value]} if found.name else {}
            address = found.form.action or self._address
            self._show(self.client.post(address, {**found.form.fields, **pressed}, follow=True))

    def _show(self, answer) -> None:
        assert answer.status_code == 200, (answer.status_code, answer.request["PATH_INFO"])
        self._address = answer.request["PATH_INFO"]
        self.says, self._unfolded = answer.content.decode(), set()
        self._page = Page(self.says)
