"""The outbox: a post is there whole or not at all, once, with the exact bytes."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from publishers import outbox
from publishers._base import Absent, Prepared, Receipt, Rejected, Submission, TryLater, Unclear, canonical
from tests.publishers.samples import Folder, a_post, an_image, png


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "files").mkdir()
    return Folder(tmp_path / "files")


def an_outbox(folder: Folder, network: str = "instagram") -> outbox.Outbox:
    known = outbox.Credentials.model_validate({"stands_for": network, "folder": str(folder.root.parent / "outbox")})
    return outbox.Outbox(known, folder)


def a_carousel(folder: Folder, channel: str = "observatory") -> Submission:
    media = (an_image(file=folder.add(png(8, 10))), an_image(file=folder.add(png(9, 10))))  # two files, one name
    return a_post("carousel", media=media, channel=channel)


def ready(adapter: outbox.Outbox, post: Submission) -> Prepared:
    step = adapter.prepare(post, {})
    assert isinstance(step, Prepared) and adapter.prepare(post, step.saved) == step
    return step


def seen(adapter: outbox.Outbox) -> list[Path]:
    """What somebody who looks into the outbox sees: the posts' folders."""
    return sorted(path for path in Path(adapter.credentials.folder).glob("*/*") if not path.name.startswith("."))


def test_a_post_is_written_with_its_text_its_seal_and_its_exact_bytes(folder: Folder) -> None:
    adapter, post = an_outbox(folder), a_carousel(folder)
    receipt = adapter.commit(ready(adapter, post))
    [made] = seen(adapter)
    assert isinstance(receipt, Receipt) and receipt.url == made.as_uri() and receipt.id.startswith("outbox:instagram:")
    assert (made / "submission.json").read_text() == canonical(post)
    assert (made / "text.txt").read_text() == post.text
    pictures = [path.read_bytes() for path in made.glob("*.png")]
    assert sorted(pictures) == sorted([png(8, 10), png(9, 10)])
    assert json.loads((made / "request.json").read_text())[-1]["params"] == {"creation_id": "{container}"}


def test_the_four_networks_get_four_different_requests(folder: Folder) -> None:
    said = set()
    for network in ("bluesky", "facebook", "instagram", "linkedin"):
        adapter = an_outbox(folder, network)
        adapter.commit(ready(adapter, a_carousel(folder, network)))
        [made] = Path(adapter.credentials.folder, network).iterdir()
        said.add((made / "request.json").read_text())
    assert len(said) == 4


def test_the_same_commit_twice_is_one_post(folder: Folder) -> None:
    adapter = an_outbox(folder)
    step = ready(adapter, a_carousel(folder))
    assert adapter.commit(step) == adapter.commit(step)
    assert len(seen(adapter)) == 1


def test_find_and_remove(folder: Folder) -> None:
    adapter, post = an_outbox(folder), a_carousel(folder)
    step = ready(adapter, post)
    assert adapter.find(post, {}) == Absent() == adapter.find(post, step.saved)
    receipt = adapter.commit(step)
    assert isinstance(receipt, Receipt) and adapter.find(post, step.saved) == receipt
    adapter.remove(receipt)
    adapter.remove(receipt)
    assert adapter.find(post, step.saved) == Absent()
    assert [path.suffix for path in seen(adapter)] == [".removed"]


def test_a_missing_disk_is_not_taken_for_a_missing_post(folder: Folder) -> None:
    adapter, post = an_outbox(folder), a_carousel(folder)
    step = ready(adapter, post)
    Path(adapter.credentials.folder).rmdir()
    assert isinstance(adapter.find(post, step.saved), Unclear)


def _killed(adapter: outbox.Outbox, step: Prepared, patch: str) -> None:
    """A child process that is killed inside `patch` while it commits."""
    child = os.fork()
    if child == 0:
        real = getattr(Path, patch)

        def die(path: Path, *args: object) -> object:
            if path.parent.name == "observatory":
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, *args)

        setattr(Path, patch, die)
        adapter.commit(step)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_process_killed_before_the_rename_leaves_nothing_to_see_and_the_next_one_writes_it(folder: Folder) -> None:
    adapter, post = an_outbox(folder), a_carousel(folder)
    step = ready(adapter, post)
    _killed(adapter, step, "rename")
    assert seen(adapter) == [] and adapter.find(post, step.saved) == Absent()
    adapter.commit(step)
    assert len(seen(adapter)) == 1


def test_writing_straight_into_its_place_would_show_half_a_post_so_this_test_can_tell(folder: Folder) -> None:
    class Careless(outbox.Outbox):
        def _write(self, final: Path, submission: Submission, created_at: str) -> None:
            final.mkdir(parents=True)
            (final / "text.txt").write_text(submission.text)
            final.rename(final)

    adapter = Careless(an_outbox(folder).credentials, folder)
    step = ready(adapter, a_carousel(folder))
    _killed(adapter, step, "rename")
    assert len(seen(adapter)) == 1  # half a post


def test_changed_bytes_do_not_leave(folder: Folder) -> None:
    adapter, post = an_outbox(folder), a_carousel(folder)
    folder.path(post.files()[0]).write_bytes(b"other")
    with pytest.raises(Rejected):
        adapter.commit(ready(adapter, post))
    assert seen(adapter) == []


def test_a_full_or_closed_disk_is_tried_later(folder: Folder) -> None:
    adapter = an_outbox(folder)
    Path(adapter.credentials.folder).write_text("in the way")
    with pytest.raises(TryLater):
        adapter.commit(ready(adapter, a_carousel(folder)))
    assert [check.ok for check in adapter.doctor()] == [False]


@pytest.mark.parametrize("channel", ["..", ".", "a/../../b", "Été à Calais"])
def test_no_channel_name_leads_out_of_the_folder(folder: Folder, channel: str) -> None:
    adapter = an_outbox(folder)
    adapter.commit(ready(adapter, a_carousel(folder, channel)))
    [made] = seen(adapter)
    assert made.resolve().is_relative_to(Path(adapter.credentials.folder).resolve())
    assert made.parent.parent == Path(adapter.credentials.folder)


def test_the_limits_are_those_of_the_network_that_it_stands_for(folder: Folder) -> None:
    post = a_post(text="a" * 301)
    assert [problem.code for problem in an_outbox(folder, "bluesky").validate(post)] == ["text"]
    assert an_outbox(folder, "facebook").validate(post) == []


def test_a_relative_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="absolute"):
        outbox.Credentials(stands_for="bluesky", folder="var/outbox")
