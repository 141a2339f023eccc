"""What leaves as a PDF says what it was given, in every language, and nothing that a person typed is markup."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from pipeline import gate
from pipeline.errors import Refused
from pipeline.gate import Leak
from pipeline.pdf.flyer import flyer
from pipeline.pdf.setting import FOLDER
from pipeline.pdf.slides import Slide, slides
from publishers._pdf import pages as counted
from tests.media import pdfs

ROOT = Path(__file__).parents[2]
SAMPLES = tomllib.loads((ROOT / "templates/cards/rights/sample.toml").read_text("utf-8"))
HOSTILE = (
    '#read("/etc/passwd")', "#eval(\"1+1\")", "$ x^2 $", "*gras* _ital_", "= Titre", "#import \"@preview/x:0.1.0\"",
    "\\u{41} `raw` <label> @ref", "// caché", "#panic()", "]#sys.inputs[",
)  # fmt: skip


def spoken(data: bytes) -> str:
    """The words of a PDF, by its own tables of letters: an oracle that knows nothing of the setter."""
    bodies = pdfs.objects(data)
    letters: dict[bytes, dict[int, str]] = {}
    for number, body in enumerate(bodies, 1):
        found = re.search(rb"/Subtype/Type0.*?/ToUnicode (\d+) 0 R", body)
        if found:
            letters[b"%d" % number] = _letters(_plain(bodies[int(found[1]) - 1]))
    fonts: dict[bytes, dict[int, str]] = {}
    for body in bodies:
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", body):
            if number in letters:
                fonts[name] = letters[number]
    out = []
    for body in bodies:
        plain = _plain(body) if b"FlateDecode" in body else b""
        if b"BT" not in plain or b"beginbf" in plain:
            continue
        font: dict[int, str] = {}
        for part in _strings(plain):
            if part.startswith(b"/"):
                font = fonts[part[1:]]
            elif font:
                glyphs = _bytes(part)
                out += [font.get(int.from_bytes(glyphs[i : i + 2], "big"), "") for i in range(0, len(glyphs), 2)]
    return "".join(out)


def _strings(page: bytes) -> Iterator[bytes]:
    """The fonts chosen ("/f1") and the strings shown, in order; brackets inside a string stand in pairs or escaped."""
    at = 0
    while found := re.compile(rb"(/f\d+) [\d.]+ Tf|\(").search(page, at):
        at = found.end()
        if found[1]:
            yield found[1]
            continue
        start, depth = at, 1
        while depth and at < len(page):
            step = page[at : at + 1]
            at += 2 if step == b"\\" else 1
            depth += (step == b"(") - (step == b")")
        yield page[start : at - 1]


def _plain(body: bytes) -> bytes:
    found = re.match(rb"<<.*?>>\nstream\n(.*)\nendstream", body, re.DOTALL)
    try:
        return zlib.decompress(found[1]) if found else b""
    except zlib.error:
        return b""


def _bytes(string: bytes) -> bytes:
    plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    return re.sub(
        rb"\\([0-7]{1,3}|.)",
        lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else plain.get(m[1], m[1]),
        string,
        flags=re.DOTALL,
    )


def _letters(cmap: bytes) -> dict[int, str]:
    found = {}
    for glyph, text in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", cmap):
        found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    return found


def joined(text: str) -> str:
    return re.sub(r"[\s\u2066-\u2069\u00a0\u202f\xad-]", "", text)


@pytest.fixture(scope="module")
def sheet() -> bytes:
    return flyer(SAMPLES["fr"], lang="fr").data


def test_a_flyer_is_one_tagged_page_with_title_and_language(sheet: bytes) -> None:
    assert b"/StructTreeRoot" in sheet
    assert b"/Lang(fr)" in sheet
    assert b"<pdfuaid:part>1</pdfuaid:part>" in sheet
    assert SAMPLES["fr"]["title"].encode() in sheet  # in the XMP; in the Info as UTF-16
    assert b"[0 0 419.52756 595.2756]" in sheet  # A5, 148 by 210 mm


def test_the_same_flyer_has_the_same_bytes(sheet: bytes) -> None:
    assert flyer(SAMPLES["fr"], lang="fr").data == sheet


def test_a_flyer_says_every_word_it_was_given(sheet: bytes) -> None:
    said = joined(spoken(sheet))
    for name, text in SAMPLES["fr"].items():
        wanted = text.upper() if name == "tag" else text
        assert joined(wanted) in said, name


@pytest.mark.parametrize("lang", ["ar", "ckb", "ti"])
def test_a_flyer_speaks_languages_of_other_scripts(lang: str, tmp_path: Path) -> None:
    made = flyer(SAMPLES[lang], lang=lang)
    assert made.pages == 1
    assert f"/Lang({lang})".encode() in made.data
    assert joined(SAMPLES[lang]["phone"]) in joined(spoken(made.data))  # digits in their order, left to right


def test_what_a_person_types_is_never_markup(tmp_path: Path) -> None:
    data = {**SAMPLES["fr"], "title": HOSTILE[0], "tag": HOSTILE[1], "source": HOSTILE[9]}
    data |= {f"step{n}": text for n, text in enumerate(HOSTILE[2:7], 1)}
    said = joined(spoken(flyer(data, lang="fr").data))
    for text in HOSTILE[2:7]:
        assert joined(text.replace('"', '"')) in said
    assert "root:" not in said


def test_a_template_that_reads_a_file_outside_its_folder_is_refused(tmp_path: Path) -> None:
    from pipeline.pdf import typesetter
    from publishers._sentences import Said

    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = tmp_path / "work"
    folder.mkdir()
    for path in (str(secret), "../secret.txt"):
        (folder / "bad.typ").write_text(f'#set document(title: "x")\n#read("{path}")')
        with pytest.raises(Said):
            typesetter.pages(str(folder), "bad", "{}", [])


def test_no_template_evaluates_a_text() -> None:
    for template in FOLDER.glob("*.typ"):
        assert "eval(" not in template.read_text("utf-8"), template.name


def test_a_flyer_that_is_too_full_is_refused_and_so_is_a_missing_step() -> None:
    long = {f"step{n}": "Demandez dans quel cadre l’opération a lieu. " * 5 for n in range(1, 6)}
    with pytest.raises(Refused, match=r"(?i)characters|A5"):
        flyer({**SAMPLES["fr"], **{k: v[:220] for k, v in long.items()}, "lead": "Un mot de plus. " * 12}, lang="fr")
    with pytest.raises(Refused, match="step1"):
        flyer({**SAMPLES["fr"], "step1": ""}, lang="fr")
    with pytest.raises(Refused, match="shoe"):
        flyer({**SAMPLES["fr"], "shoe": "x"}, lang="fr")


def test_a_letter_that_no_font_has_is_refused() -> None:
    with pytest.raises(Refused, match="U\\+4E2D"):
        flyer({**SAMPLES["fr"], "title": "中文"}, lang="fr")


def picture(folder: Path, **more: object) -> Path:
    path = folder / "slide.jpg"
    Image.new("RGB", (108, 135), "#15181D").save(path, quality=90, **more)
    return path


def test_slides_become_a_document_with_a_page_and_a_description_each(tmp_path: Path) -> None:
    path = picture(tmp_path)
    made = slides([Slide(path, 1080, 1350, f"Page {n}", lang) for n, lang in enumerate(("fr", "ar"), 1)], title="Essai")
    out = tmp_path / "slides.pdf"
    out.write_bytes(made.data)
    assert made.pages == 2 == counted(out)
    assert (made.width, made.height) == (540, 675)
    assert made.data.count(path.read_bytes()) >= 1, "the picture stands in the file byte for byte"
    gate.check(out)


def test_slides_without_a_description_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="2"):
        slides([Slide(picture(tmp_path), 1080, 1350, alt, "fr") for alt in ("Un mot", " ")], title="Essai")


def test_a_picture_with_exif_in_a_document_does_not_pass_the_gate(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "chez Marie"
    made = slides([Slide(picture(tmp_path, exif=exif), 1080, 1350, "Un mot", "fr")], title="Essai")
    out = tmp_path / "slides.pdf"
    out.write_bytes(made.data)
    if b"chez Marie" in made.data:
        with pytest.raises(Leak):
            gate.check(out)
