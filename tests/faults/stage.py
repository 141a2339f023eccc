"""What all examples of the machine share, and each of them leaves as it was: people, channels, two small pictures."""

from __future__ import annotations

from collections import Counter

from django.utils import timezone
from PIL import Image

from pipeline import channels
from pipeline.models import Channel, Rendition, Role, User
from pipeline.rendering import store
from tests.faults import scripted
from tests.worlds import World


class Stage:
    """Three coordinators, an intern, an editor, an administrator; an outbox and the scripted networks."""

    def __init__(self, folder) -> None:
        world = World(folder)
        world._user("ada", Role.COORDINATOR)
        self.outbox = world.outbox
        self.platform = scripted.Platform()
        for kind in scripted.KINDS:
            channels.add(kind.platform, kind.platform, {}, by=world.administrator)
        self.people = {user.username: user for user in User.objects.all()}
        self.channels = {row.name: row for row in Channel.objects.all()}
        # Who has a picture made is an author of every post that shows it: here an intern, there a coordinator.
        self.pictures = [self.picture("red", folder, "camille"), self.picture("blue", folder, "jo")]
        self.bytes = {p: store.path_of(p.sha256, p.mime).read_bytes() for p in self.pictures}
        self.seen: Counter[str] = Counter()

    def picture(self, colour: str, folder, by: str) -> Rendition:
        """A rendition as the studio makes one, but of 48 pixels: what is tried here is not drawing."""
        file = folder / f"{colour}.png"
        Image.new("RGB", (48, 48), colour).save(file)
        digest, size = store.keep(file, "image/png")
        return Rendition.objects.create(
            kind="card", state="ready", inputs_sha256=digest, spec={}, lang="fr", format="square", mime="image/png",
            width=48, height=48, sha256=digest, size=size, requested_by=self.people[by], ready_at=timezone.now(),
        )  # fmt: skip

    def spoil(self, which: int, *, gone: bool) -> None:
        """One file away, or with the other one's bytes: a picture all the same, that the gate lets pass."""
        path = store.path_of(self.pictures[which].sha256, self.pictures[which].mime)
        path.unlink(missing_ok=True)
        if not gone:
            path.write_bytes(self.bytes[self.pictures[1 - which]])

    def mend(self) -> None:
        """The files as they were made."""
        for picture, content in self.bytes.items():
            path = store.path_of(picture.sha256, picture.mime)
            if not path.exists() or path.read_bytes() != content:
                path.unlink(missing_ok=True)
                path.write_bytes(content)
