"""A form made from a pydantic model: a channel's credentials, a network's app. Secrets are never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo


class SettingsForm(forms.Form):
    """One box for each setting; what has a default stands apart, as few people ever change it."""

    def __init__(
        self, model: type[BaseModel], *args: Any, stored: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        """`stored` are the settings that are there already: shown, except secrets, which an empty box keeps."""
        super().__init__(*args, **more)
        self.model, self.stored = model, stored or {}
        for name, field in model.model_fields.items():
            self.fields[name] = self._box(name, field)
        self.order_fields(self.field_order)

    def _box(self, name: str, field: FieldInfo) -> forms.Field:
        known = bool(self.stored.get(name))
        label = gettext(field.description) if field.description else name
        usual: dict[str, Any] = {"label": label[:1].upper() + label[1:], "required": field.is_required() and not known}
        if field.annotation is SecretStr:
            hidden = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
            return forms.CharField(max_length=4000, widget=hidden, help_text=_("stored") if known else "", **usual)
        shown = self.stored.get(name, "" if field.is_required() else field.default) or ""
        if get_origin(field.annotation) is Literal:
            choices = [(str(one), str(one)) for one in get_args(field.annotation)]
            return forms.ChoiceField(choices=choices, initial=shown, **usual)
        plain = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"})
        return forms.CharField(max_length=1000, widget=plain, initial=shown, **usual)

    def _boxes(self, *, required: bool) -> list[BoundField]:
        fields = self.model.model_fields
        return [self[name] for name in self.fields if name in fields and fields[name].is_required() is required]

    def needed(self) -> list[BoundField]:
        """The boxes that have to be filled."""
        return self._boxes(required=True)

    def others(self) -> list[BoundField]:
        """The boxes that have a default."""
        return self._boxes(required=False)

    def given(self) -> dict[str, Any]:
        """The settings as filled in: an empty secret is left out, what was emptied has its default again."""
        found: dict[str, Any] = {}
        for name, field in self.model.model_fields.items():
            value = self.cleaned_data[name]
            if value:
                found[name] = value
            elif field.annotation is not SecretStr and not field.is_required():
                found[name] = field.default
        return found


class ChannelForm(SettingsForm):
    """A new channel: its name in the tool, its languages, and the settings of its platform."""

    field_order = ("name", "languages")

    name = forms.SlugField(
        label=_("Its name here"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    languages = forms.CharField(label=_("Languages of its posts, in order"), initial="fr, en", max_length=60)

    def spoken(self) -> list[str]:
        """The codes of the languages."""
        return [code for code in self.cleaned_data["languages"].replace(",", " ").split() if code]
