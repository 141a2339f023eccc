"""What the bytes of a text file mean: encoding, delimiter, and three lines by which a person sees that it is right."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

SAMPLE_RECORDS = 50
DELIMITERS = ";,\t|"
MOST_SAMPLES = 3  # lines shown
SAMPLE_WIDTH = 120  # characters of each
# What French text is made of, with how common each sign is; the encoding whose reading weighs most is taken.
FRENCH = {
    **dict.fromkeys("ÈËÂÄÙÛÜÖÏŒÆ€°·…«»“”‘", 1),
    **dict.fromkeys("ÉÀÊÇÔÎ", 2),
    **dict.fromkeys("ëâäùûüôöîïœæ–—\xa0", 2),
    **dict.fromkeys("êç’", 4),
    **dict.fromkeys("èà", 5),
    "é": 6,
}
STRANGE = -6
ONE_BYTE = ("cp1252", "mac_roman", "cp850")
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
LETTER = re.compile("[^\\W\\d_a-zA-Z]|[«»’€œ°]")
# UTF-8 that was read as Windows-1252 and written again: "Ã©" for "é", "â€™" for "’".
TWICE = re.compile("(?:Ã[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸžŽ]|â€[\x80-\xbf™œ“”˜¦¢\x9d])")


def encoding_of(content: bytes) -> str:
    """The Python name of a text's encoding: BOM, then zero bytes (UTF-16), then strict UTF-8, then French letters."""
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return encoding
    head = content[:4096]
    if head.count(0) > len(head) // 4:
        return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return max(ONE_BYTE, key=lambda encoding: _frenchness(content, encoding))
    return "utf-8"


def _frenchness(content: bytes, encoding: str) -> int:
    """How much a reading looks like French: its own signs count for it, any other weighs against it.

    Only the high bytes are weighed, each once for its number; a capital inside a word ("dÉjÀ") weighs against it.
    """
    marks = Counter(content.translate(None, delete=bytes(range(128))))  # all three write a letter as one byte
    weight = 0
    for byte, count in marks.items():
        weight += count * FRENCH.get(bytes([byte]).decode(encoding, errors="replace"), STRANGE)
    inside = re.findall(rb"[a-z]([\x80-\xff])(?=[a-z])", content[:200_000])
    strange = sum(not bytes([byte[0]]).decode(encoding, errors="replace").islower() for byte in inside)
    return weight + STRANGE * strange


def delimiter_of(text: str) -> str:
    """The sign that cuts the first records into the most even and widest rows."""
    return max(DELIMITERS, key=lambda sign: _evenness(text, sign))


def _evenness(text: str, delimiter: str) -> float:
    rows = csv.reader(io.StringIO(text[:500_000], newline=""), delimiter=delimiter)
    widths = [len(row) for row, _n in zip(rows, range(SAMPLE_RECORDS), strict=False) if row]
    if not widths:
        return 0.0
    width, count = Counter(widths).most_common(1)[0]
    return (count / len(widths)) ** 2 * (width - 1)


def samples_of(text: str) -> tuple[str, ...]:
    """The first lines that hold an accent or a French sign, three at most and cut to fit: by them a person judges."""
    found: list[str] = []
    for line in text[:2_000_000].splitlines():
        if match := LETTER.search(line):
            start = max(0, match.start() - SAMPLE_WIDTH // 2)
            found.append(line[start : start + SAMPLE_WIDTH].strip())
        if len(found) == MOST_SAMPLES:
            break
    return tuple(found)


def read_once(text: str) -> tuple[str, int]:
    """The text with what was encoded twice set right ("Ã©" to "é"), and how many such signs there were."""
    mended = 0

    def once(match: re.Match[str]) -> str:
        nonlocal mended
        try:
            sign = bytes(_cp1252(one) for one in match[0]).decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return match[0]
        mended += 1
        return sign

    return TWICE.sub(once, text), mended


def _cp1252(sign: str) -> int:
    """The byte that Windows-1252 has for the sign; the five that it leaves out stand for themselves."""
    return ord(sign) if "\x80" <= sign <= "\x9f" else sign.encode("cp1252")[0]
