"""PDF, as our own setter writes it (ISO 32000-1 and ISO 14289-1), object by object against an allow-list.

Accepted: pages of text in embedded fonts, drawn lines and fields, JPEG pictures that the JPEG reader lets through,
tags, alternative texts, links to https addresses, an outline. Title and language are the only things said about the
file. Scripts, actions, forms, attachments, layers, signatures, dates, producers and authors have no name in the list.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from struct import unpack_from
from typing import Any

from pipeline.gate import jpeg, pdf_syntax
from pipeline.gate.finding import Finding, UnreadableError, broken
from pipeline.gate.pdf_syntax import Document, Name, Reference, Stream
from publishers._sentences import Sentence, _

SIGNATURE = b"%PDF-"
MAX_INFLATED = 64 << 20  # bytes of one stream

# What a key may hold: i a number, b a truth value, n a name, r a reference, l a list, d a dictionary, t a text.
_SORTS_OF_KEYS = """
i Ascent CA CapHeight Count DW Descent F Flags Height ItalicAngle Length N ParentTreeNextKey Size StemV StructParent
i StructParents Supplement WMode Width BitsPerComponent ca
b DisplayDocTitle Interpolate Marked Suspects
n BaseFont BlendMode CIDToGIDMap Datetime Direction Em Encoding Filter FontName ListNumbering O Placement S Scope Strong
n Subtype Tabs Terms Type
r CIDSet Dest First FontDescriptor FontFile2 Info Last Metadata Next Obj Outlines Pages Parent Pg Prev Resources Root
r StructTreeRoot ToUnicode
l Annots Attached BBox Border BorderColor DescendantFonts FontBBox Headers Kids MediaBox Names Nums ProcSet Range Rect W
d CIDSystemInfo ExtGState Font IDTree MarkInfo ParentTree RoleMap ViewerPreferences XObject
t ActualText Alt Lang Ordering Registry T URI
dl A
nl BorderStyle
il BorderThickness
rd ColorSpace
rt Contents
lt ID
lri K
rn P
nt Title
"""
_KEYS = {key: line.split()[0] for line in _SORTS_OF_KEYS.strip().splitlines() for key in line.split()[1:]}
_RESOURCE = re.compile(r"[a-z]{1,2}\d{1,4}")  # c0, f12, x3: the names that our setter gives
_NAMES = {
    "Type": "Action Annot CMap Catalog Font FontDescriptor Metadata OBJR Outlines Page Pages StructElem StructTreeRoot "
    "XObject ExtGState Layout Pagination",
    "Subtype": "CIDFontType2 Image Link Type0 XML Footer Header",
    "S": "URI Div Document Figure H1 H2 H3 L LBody LI Lbl Link P Span TBody TD TH THead TR Table Caption Sect Artifact",
    "Filter": "FlateDecode DCTDecode",
}
_NAME = re.compile(r"[A-Za-z0-9+-]{1,60}")
_DRAWING = "BDC BMC BT CS Do EMC ET M Q S SCN TJ Tf Tj Tm Tr W W* c cm cs f f* gs h i j J d l m n q re sc scn w y v"
_OPERATORS = frozenset(_DRAWING.split(" "))
_SORTS = {"i": (int, float), "b": (bool,), "n": (Name,), "r": (Reference,), "l": (list,), "d": (dict,), "t": (bytes,)}
_COLOUR_PROFILES = {  # the two that our setter writes: grey and sRGB (compact ICC profiles, CC0)
    "00c0f94e09127520a17dc0e1d9264b5702081d96dbdb1549ee88e3631ce42a9d",
    "c56e1685d888f5edb92fe07f2750f387f8fe8e91b32ff8fb0b56bfbbb9458353",
}
_FONT_TABLES = {
    b"glyf",
    b"loca",
    b"head",
    b"hhea",
    b"hmtx",
    b"maxp",
    b"cvt ",
    b"fpgm",
    b"prep",
    b"post",
    b"name",
    b"cmap",
}
_LICENCE = "SIL Open Font License".encode("utf-16-be")  # a font's public notes tell its makers and this licence
_LONGEST_NAMES = 4096  # bytes
_CMAP = re.compile(
    rb"%!PS-Adobe-3\.0 Resource-CMap\n%%DocumentNeededResources: procset CIDInit\n%%IncludeResource: procset CIDInit\n"
    rb"%%BeginResource: CMap Custom\n%%Title: \(Custom Adobe Identity 0\)\n%%Version: 1\n%%EndComments\n"
    rb"[A-Za-z0-9/<>()\[\] \n]*\n%%EndResource\n%%EOF"
)
_KEY = rb"[A-Za-z0-9+/=]{1,64}"
_XMP = re.compile(
    rb'<\?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"\?><x:xmpmeta xmlns:x="adobe:ns:meta/" '
    rb'x:xmptk="xmp-writer"><rdf:RDF xmlns:rdf="http://www\.w3\.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    rb'rdf:about=""(?: +xmlns:[A-Za-z]+="http://[a-z0-9./]+")* ><dc:title><rdf:Alt><rdf:li xml:lang="x-default">'
    rb"[^<>]*</rdf:li></rdf:Alt></dc:title> *<dc:language><rdf:Bag><rdf:li>[A-Za-z-]{2,12}</rdf:li></rdf:Bag>"
    rb"</dc:language><pdfuaid:part>1</pdfuaid:part><xmpTPg:NPages>\d{1,4}</xmpTPg:NPages>"
    rb"<dc:format>application/pdf</dc:format><xmpMM:InstanceID>" + _KEY + rb"</xmpMM:InstanceID><xmpMM:DocumentID>"
    + _KEY + rb"</xmpMM:DocumentID><xmpMM:RenditionClass>proof</xmpMM:RenditionClass><pdf:PDFVersion>1\.7"
    rb'</pdf:PDFVersion></rdf:Description></rdf:RDF></x:xmpmeta><\?xpacket end="r"\?>'
)  # fmt: skip
_OF_PICTURES = {"Length", "Type", "Subtype", "Filter", "Width", "Height", "ColorSpace", "BitsPerComponent"}
_ROLES = {"Contents": "content", "FontFile2": "font", "CIDSet": "set", "ToUnicode": "cmap", "Metadata": "metadata"}


def findings(data: bytes) -> Iterator[Finding]:
    """Every reason to refuse these bytes as a PDF."""
    document = pdf_syntax.read(data)
    yield from _about(document)
    yield from _hidden(document)
    for number, value in document.objects.items():
        yield from _judge(value.about if isinstance(value, Stream) else value, f"object {number}")
    roles = _roles(document)
    for number, value in document.objects.items():
        if isinstance(value, Stream):
            yield from _stream(value, roles.get(number, "unknown"))


def _about(document: Document) -> Iterator[Finding]:
    """What the file says about itself: its title, and nothing else."""
    if set(document.trailer) - {"Size", "Root", "Info", "ID"}:
        yield Finding("structure", "trailer", _("a part of unknown use"))
    info = _object(document, document.trailer.get("Info"))
    for key in info if isinstance(info, dict) else {"Info": 0}:
        if key != "Title":
            yield Finding("metadata", "Info", _("a note of who or what made it, or when"))
    root = _object(document, document.trailer.get("Root"))
    if not isinstance(root, dict) or root.get("Type") != Name("Catalog") or "Metadata" not in root:
        raise broken("Root", _("a beginning that files of ours have not"))


def _object(document: Document, reference: Any) -> Any:
    return document.objects.get(reference.number) if isinstance(reference, Reference) else None


def _hidden(document: Document) -> Iterator[Finding]:
    """Refuses an object that nothing leads to."""
    seen: set[int] = set()
    open_: list[Any] = [document.trailer]
    while open_:
        value = open_.pop()
        if isinstance(value, Reference):
            if value.number not in seen:
                seen.add(value.number)
                open_.append(document.objects.get(value.number))
        elif isinstance(value, Stream):
            open_.append(value.about)
        elif isinstance(value, dict | list):
            open_.extend(value.values() if isinstance(value, dict) else value)
    for number in document.objects:
        if number not in seen:
            yield Finding("hidden", f"object {number}", _("a part that no page uses"))
    if any(number not in document.objects for number in seen):
        yield Finding("structure", "Root", _("a part that is missing"))


def _judge(value: Any, where: str) -> Iterator[Finding]:
    """Refuses keys and names that are not in the list, in a dictionary and all within it."""
    if isinstance(value, list):
        for one in value:
            if isinstance(one, Name) and not _NAME.fullmatch(one.text):
                yield Finding("unknown", where, _("a part of unknown use"))
            yield from _judge(one, where)
    if not isinstance(value, dict):
        return
    for key, one in value.items():
        sorts = _KEYS.get(key, "rd" if _RESOURCE.fullmatch(key) else "")
        if not any(type(one) in _SORTS[sort] for sort in sorts):
            yield Finding("unknown", where, _KNOWN.get(key, _("a part of unknown use")))
        elif isinstance(one, Name) and not _name(key, one):
            yield Finding("unknown", where, _KNOWN.get(one.text, _("a part of unknown use")))
        elif key == "URI" and not re.fullmatch(rb"https://[!-~]+", one):
            yield Finding("unknown", where, _("a link that is no https address"))
        else:
            yield from _judge(one, where)


_KNOWN: Mapping[str, Sentence] = {
    "JavaScript": _("a script"), "JS": _("a script"), "OpenAction": _("an action"), "AA": _("an action"),
    "Launch": _("an action"), "AcroForm": _("a form"), "EmbeddedFiles": _("an attached file"),
    "EF": _("an attached file"), "AF": _("an attached file"), "Filespec": _("an attached file"),
    "PieceInfo": _("notes of a program"), "OCProperties": _("layers that can be hidden"),
    "SMask": _("transparency, which can hide parts of the picture"), "LastModified": _("a date"),
}  # fmt: skip


def _name(key: str, value: Name) -> bool:
    return value.text in _NAMES[key].split() if key in _NAMES else _NAME.fullmatch(value.text) is not None


def _roles(document: Document) -> dict[int, str]:
    """What each stream is for, by what leads to it."""
    found: dict[int, str] = {}

    def note(reference: Any, role: str) -> None:
        if isinstance(reference, Reference):
            same = found.get(reference.number, role) == role
            found[reference.number] = role if same else "unknown"

    def walk(value: Any) -> None:
        if isinstance(value, Stream):
            walk(value.about)
        elif isinstance(value, list):
            if len(value) == 2 and value[0] == Name("ICCBased"):
                note(value[1], "colours")
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            for key, one in value.items():
                if key in _ROLES:
                    note(one, _ROLES[key])
                if key == "XObject" and isinstance(one, dict):
                    for picture in one.values():
                        note(picture, "picture")
                walk(one)

    for value in document.objects.values():
        walk(value)
    return found


def _stream(stream: Stream, role: str) -> Iterator[Finding]:
    if role == "picture" and stream.about.get("Filter") == Name("DCTDecode"):
        yield from _picture(stream)
    elif role in _READERS and stream.about.get("Filter") in (Name("FlateDecode"), None):
        yield from _READERS[role](_inflated(stream), stream.where)
    else:
        yield Finding("unknown", stream.where, _("a stream of unknown use"))


def _inflated(stream: Stream) -> bytes:
    """The stream's bytes, unpacked; none may be left over."""
    if "Filter" not in stream.about:
        return stream.packed
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(stream.packed, MAX_INFLATED)
    except zlib.error as error:
        raise broken(stream.where, _("a damaged stream")) from error
    if not inflater.eof or inflater.unused_data:
        raise broken(stream.where, _("bytes that the document does not use"))
    return found


def _picture(stream: Stream) -> Iterator[Finding]:
    """A JPEG, judged by its own reader; its size is what the document says."""
    try:
        yield from jpeg.findings(stream.packed)
    except UnreadableError as stop:
        yield stop.finding
    if {"Length", "Type", "Subtype", "Filter", "Width", "Height", "ColorSpace", "BitsPerComponent"} != set(
        stream.about
    ):
        yield Finding("unknown", stream.where, _("a picture with parts of unknown use"))


def _content(data: bytes, where: str) -> Iterator[Finding]:
    """A page: only drawing, and text that is seen."""
    for operator, operands in pdf_syntax.tokens(data):
        if operator not in _OPERATORS:
            yield Finding("unknown", where, _("an instruction of unknown use"))
        elif operator == "Tr" and operands != [0]:
            yield Finding("hidden", where, _("text that is not seen"))
        elif operator == "BDC":
            about = operands[-1] if operands and isinstance(operands[-1], dict) else {"": None}
            yield from _judge({key: one for key, one in about.items() if key != "MCID"}, where)


def _font(data: bytes, where: str) -> Iterator[Finding]:
    """A font's tables: outlines and measures, without a word on who made it."""
    count = unpack_from(">H", data, 4)[0] if len(data) >= 12 else 0
    if data[:4] != b"\x00\x01\x00\x00" or not 0 < count <= len(_FONT_TABLES) or len(data) < 12 + 16 * count:
        raise broken(where, _("a font of another kind"))
    used = 12 + 16 * count
    for tag, _sum, offset, length in (unpack_from(">4sIII", data, 12 + 16 * n) for n in range(count)):
        if tag not in _FONT_TABLES or offset + length > len(data):
            yield Finding("unknown", where, _("a part of a font of unknown use"))
        if tag == b"name" and not (length < _LONGEST_NAMES and _LICENCE in data[offset : offset + length]):
            yield Finding("metadata", where, _("a note in a font"))
        used += (length + 3) // 4 * 4
    if used < len(data):
        yield Finding("hidden", where, _("bytes that the document does not use"))


def _cmap(data: bytes, where: str) -> Iterator[Finding]:
    if not _CMAP.fullmatch(data):
        yield Finding("unknown", where, _("a table of letters with parts of unknown use"))


def _metadata(data: bytes, where: str) -> Iterator[Finding]:
    if not _XMP.fullmatch(data):
        yield Finding("metadata", where, _("XMP data beyond title and language"))


def _colours(data: bytes, where: str) -> Iterator[Finding]:
    if hashlib.sha256(data).hexdigest() not in _COLOUR_PROFILES:
        yield Finding("unknown", where, _("a colour profile"))


def _set(data: bytes, where: str) -> Iterator[Finding]:
    if len(data) > 1 << 13:
        yield Finding("hidden", where, _("bytes that the document does not use"))


_READERS = {
    "content": _content, "font": _font, "cmap": _cmap, "metadata": _metadata, "colours": _colours, "set": _set,
}  # fmt: skip
