"""Rows, files, credentials and keys that are damaged past the code, and the state in which each case ends."""

from __future__ import annotations

from collections.abc import Callable

from pipeline import vault
from pipeline.delivery import claims, retry
from pipeline.models import Channel, Post, Publication, PublicationState, RevisionItem, Variant, VariantText
from pipeline.rendering import store
from tests.faults.stage import Stage

S = PublicationState
OTHER_KEY = "A" * 43 + "="


class Damage:
    """A publication with a picture, everything around it as it was, and the ways to damage it."""

    def __init__(self, stage: Stage, row: Publication) -> None:
        self.stage, self.row = stage, row
        self.item, self.account, self.variant = row.item, row.channel, row.variant
        self.doubted = row.state == S.UNCERTAIN
        self.texts = list(VariantText.objects.filter(variant=row.variant))
        self.picture = row.variant.media.get().rendition
        self.path = store.path_of(self.picture.sha256, self.picture.mime)
        self.bytes = self.path.read_bytes()
        self.key = vault.keys_dir() / "store.key"
        self.secret = self.key.read_text()
        self.away = store.folder().with_name("away")

    def row_says(self, **fields) -> None:
        Publication.objects.filter(pk=self.row.pk).update(**fields)

    def channel_says(self, **fields) -> None:
        Channel.objects.filter(pk=self.account.pk).update(**fields)

    def sealed_text_is(self, text: str) -> None:
        RevisionItem.objects.filter(pk=self.item.pk).update(submission=text)

    def variant_says(self, **fields) -> None:
        Variant.objects.filter(pk=self.variant.pk).update(**fields)

    def no_texts(self) -> None:
        VariantText.objects.filter(variant=self.variant).delete()

    def file_is(self, content: bytes | None) -> None:
        self.path.unlink()
        if content is not None:
            self.path.write_bytes(content)

    def folder_instead(self) -> None:
        self.path.unlink()
        self.path.mkdir()

    def no_folder(self) -> None:
        store.folder().rename(self.away)

    def key_is(self, content: str | None) -> None:
        self.key.unlink()
        if content is not None:
            self.key.write_text(content)

    def saved_is(self, saved: object) -> None:
        """What the adapter noted for itself; where nothing was asked yet, as if it had been prepared."""
        fields = {} if self.doubted else {"state": S.PREPARED, "saved_seal": claims.bound(self.item.seal, {"key": "k"})}
        self.row_says(saved=saved, **fields)

    def undo(self) -> None:
        """Everything as it was, but for what delivery itself wrote."""
        if self.away.exists():
            self.away.rename(store.folder())
        if self.path.is_dir():
            self.path.rmdir()
        self.path.unlink(missing_ok=True)
        self.path.write_bytes(self.bytes)
        self.key.unlink(missing_ok=True)
        self.key.write_text(self.secret)
        self.channel_says(platform=self.account.platform, credentials=self.account.credentials)
        self.sealed_text_is(self.item.submission)
        self.variant_says(options=self.variant.options, link_card=self.variant.link_card)
        for text in self.texts:
            text.save()
        saved = {} if self.doubted else {"saved": {}}
        self.row_says(zone=self.row.zone, **saved)


def another_picture(damage: Damage) -> None:
    """One that the gate lets pass: only its hash tells."""
    damage.file_is(damage.stage.bytes[damage.stage.pictures[1]])


def nowhere(damage: Damage) -> None:
    """The sealed text agrees with the row."""
    damage.channel_says(platform="nowhere")
    damage.sealed_text_is(damage.item.submission.replace(damage.account.platform, "nowhere", 1))


# What happens to a row that is due, and the state in which it waits for a person, or for the machine to be whole.
DAMAGES: dict[str, tuple[Callable[[Damage], object], PublicationState]] = {
    "the picture has vanished": (lambda d: d.file_is(None), S.FAILED),
    "the picture is another one": (another_picture, S.FAILED),
    "the picture is cut off": (lambda d: d.file_is(d.bytes[:-9]), S.FAILED),
    "the picture is empty": (lambda d: d.file_is(b""), S.FAILED),
    "a folder is where the picture was": (lambda d: d.folder_instead(), S.FAILED),
    "all pictures have vanished": (lambda d: d.no_folder(), S.SCHEDULED),
    "no such platform": (lambda d: d.channel_says(platform="nowhere"), S.FAILED),
    "no such platform in the sealed text": (nowhere, S.FAILED),
    "credentials that are none": (lambda d: d.channel_says(credentials="xxxx"), S.SCHEDULED),
    "credentials of another shape": (lambda d: d.channel_says(credentials=vault.encrypt({"user": "x"})), S.FAILED),
    "credentials that are a list": (lambda d: d.channel_says(credentials=vault.encrypt([1])), S.FAILED),
    "the key is gone": (lambda d: d.key_is(None), S.SCHEDULED),
    "the key is another one": (lambda d: d.key_is(OTHER_KEY), S.SCHEDULED),
    "the key is damaged": (lambda d: d.key_is("short"), S.SCHEDULED),
    "the sealed text is no JSON": (lambda d: d.sealed_text_is("{"), S.FAILED),
    "the sealed text is empty": (lambda d: d.sealed_text_is(""), S.FAILED),
    "the sealed text is something else": (lambda d: d.sealed_text_is('{"a":1}'), S.FAILED),
    "the texts have vanished": (lambda d: d.no_texts(), S.FAILED),
    "the options are nonsense": (lambda d: d.variant_says(options={"colour": "red"}), S.FAILED),
    "the link card is nonsense": (lambda d: d.variant_says(link_card={"a": 1}), S.FAILED),
    "the kind of post is unknown": (lambda _d: Post.objects.update(kind="gossip"), S.VERIFIED),
    "the zone is unknown": (lambda d: d.row_says(zone="Mars/Olympus"), S.VERIFIED),
    "what was saved is a list": (lambda d: d.saved_is([]), S.VERIFIED),
    "what was saved is of no use": (lambda d: d.saved_is({"key": 5}), S.VERIFIED),
}
# What only somebody who writes into the database by hand can bring about is a fault of the program, told loudly in the
# log and on the row; so many ticks it may break, with growing pauses, before the row is given up.
NONSENSE = {
    "the sealed text is no JSON": retry.ATTEMPTS,  # while a doubt is looked into
}
# The same while the answer to a request is lost and the post is out: until it is whole again, nobody can tell; where
# only what is sent is damaged, the platform is asked all the same.
IN_DOUBT: dict[str, PublicationState] = {
    "the picture has vanished": S.VERIFIED,
    "all pictures have vanished": S.VERIFIED,
    "the texts have vanished": S.VERIFIED,
    "no such platform": S.UNCERTAIN,
    "credentials that are none": S.UNCERTAIN,
    "credentials of another shape": S.UNCERTAIN,
    "the key is gone": S.UNCERTAIN,
    "the key is another one": S.UNCERTAIN,
    "the sealed text is no JSON": S.NEEDS_HUMAN,
    "what was saved is a list": S.NEEDS_HUMAN,
    "what was saved is of no use": S.NEEDS_HUMAN,
}
