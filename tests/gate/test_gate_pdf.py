"""The gate's reader of PDF: lets through what our setter writes, and nothing that was slipped into it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import gate
from pipeline.gate import pdf, pdf_syntax
from pipeline.gate.finding import UnreadableError
from pipeline.pdf.flyer import flyer
from tests.media import pdfs

SAMPLE = tomllib.loads((Path(__file__).parents[2] / "templates/cards/rights/sample.toml").read_text("utf-8"))["fr"]
CATALOG = b"<</Type/Catalog"


@pytest.fixture(scope="module")
def clean() -> bytes:
    return flyer(SAMPLE, lang="fr").data


def found(data: bytes, folder: Path) -> list[gate.Finding]:
    path = folder / "out.pdf"
    path.write_bytes(data)
    return gate.inspect(path)


POISONS: dict[str, Callable[[bytes], bytes]] = {
    "author": lambda d: pdfs.changed(d, b"<</Title", b"<</Author(Camille)/Title"),
    "producer": lambda d: pdfs.changed(d, b"<</Title", b"<</Producer(Typst 0.15.1)/Title"),
    "date": lambda d: pdfs.changed(d, b"<</Title", b"<</CreationDate(D:20261124)/Title"),
    "script at opening": lambda d: pdfs.changed(d, CATALOG, CATALOG + b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
    "script by name": lambda d: pdfs.changed(d, CATALOG, CATALOG + b"/Names<</JavaScript<</Names[(a)<<>>]>>>>"),
    "launch": lambda d: pdfs.changed(d, b"/Type/Page/", b"/Type/Page/AA<</O<</S/Launch/F(sh)>>>>/"),
    "attached file": lambda d: pdfs.changed(
        d, CATALOG, CATALOG + b"/AF[%d 0 R]" % (len(pdfs.objects(d)) + 1), more=[b"<</Type/Filespec/F(liste.xlsx)>>"]
    ),
    "form": lambda d: pdfs.changed(d, CATALOG, CATALOG + b"/AcroForm<</Fields[]>>"),
    "layers": lambda d: pdfs.changed(d, CATALOG, CATALOG + b"/OCProperties<<>>"),
    "program's notes": lambda d: pdfs.changed(d, b"/Type/Page/", b"/PieceInfo<</X<</Private(home)>>>>/Type/Page/"),
    "unused object": lambda d: pdfs.changed(d, CATALOG, CATALOG, more=[b"(chez Marie)"]),
    "XMP author": lambda d: pdfs.changed(
        d, b"<dc:format>application/pdf</dc:format>", b"<dc:creator>Ca</dc:creator><a>b</a>    "
    ),
    "XMP tool": lambda d: pdfs.changed(d, b"<dc:language>", b"<xmp:T>a</xm>"),
    "encryption": lambda d: d.replace(b"trailer\n<</Size", b"trailer\n<</Encrypt 1 0 R/Size"),
    "bytes after the end": lambda d: d + b"\nchez Marie",
    "an update": lambda d: d + b"\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF",
    "a comment between objects": lambda d: d.replace(b"endobj\n2 0 obj", b"endobj\n%chez Marie\n2 0 obj"),
    "a table that lies": lambda d: d.replace(b" 00000 n", b" 00001 n", 1),
    "unseen text": lambda d: pdfs.repacked(d, b"BT 0 Tr", b"BT 3 Tr"),
    "a comment on the page": lambda d: pdfs.repacked(d, b"BT 0 Tr", b"%Marie\nBT 0 Tr"),
    "an inline picture": lambda d: pdfs.repacked(d, b"BT 0 Tr", b"BI /W 1 /H 1 ID x EI BT 0 Tr"),
    "a note in a font": lambda d: pdfs.repacked(d, "SIL Open".encode("utf-16-be"), "Marie 42".encode("utf-16-be")),
    "a note in a table of letters": lambda d: pdfs.repacked(d, b"%%Version: 1", b"%%For: Marie"),
    "another colour profile": lambda d: pdfs.repacked(d, b"mntrRGB XYZ", b"mntrRGB Lab"),
    "a plain link": lambda d: pdfs.changed(
        d, b"/Type/Page/", b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/A<</S/URI/URI(file:///home/marie)>>>>]/Type/Page/"
    ),
}  # fmt: skip


def test_what_our_setter_writes_passes(clean: bytes, tmp_path: Path) -> None:
    assert found(clean, tmp_path) == []


def test_a_file_taken_apart_and_put_together_again_still_passes(clean: bytes, tmp_path: Path) -> None:
    """The poisons below are refused for their poison, not for how they were made."""
    assert found(pdfs.changed(clean, CATALOG, CATALOG), tmp_path) == []
    assert found(pdfs.repacked(clean, b"BT 0 Tr", b"BT 0 Tr"), tmp_path) == []


@pytest.mark.parametrize("poison", POISONS)
def test_what_is_slipped_in_is_refused(poison: str, clean: bytes, tmp_path: Path) -> None:
    poisoned = POISONS[poison](clean)
    assert poisoned != clean
    assert found(poisoned, tmp_path), poison


@pytest.mark.parametrize("blind", ["_about", "_hidden", "_stream"])
def test_a_gate_without_one_of_its_eyes_would_let_something_through(
    blind: str, clean: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = {"_about": None, "_hidden": "unused object", "_stream": "unseen text"}[blind]
    monkeypatch.setattr(pdf, blind, lambda *_args: iter(()))
    if needs:
        assert not found(POISONS[needs](clean), tmp_path)
    else:
        assert not [f for f in found(POISONS["encryption"](clean), tmp_path) if f.where == "trailer"]


def test_bytes_cut_off_anywhere_are_refused(clean: bytes, tmp_path: Path) -> None:
    for cut in range(0, len(clean) - 1, len(clean) // 23):
        assert found(clean[:cut], tmp_path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    for data in (b"%PDF-1.7\n%\x80\x80\x80\x80\n\n1 0 obj\n" + noise, b"%PDF-" + noise):
        with pytest.raises(UnreadableError):
            pdf_syntax.read(data)


def test_nesting_without_end_is_refused_and_not_followed(clean: bytes, tmp_path: Path) -> None:
    assert found(pdfs.changed(clean, CATALOG, CATALOG + b"/Names" + b"[" * 50_000 + b"]" * 50_000), tmp_path)
