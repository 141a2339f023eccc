"""A spreadsheet brought in by hand in a browser: chosen, answered for, imported, on a phone and at a desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.models import Import

pytestmark = pytest.mark.e2e
TITLES = "N°;Date;Commune;Lieu de vie;Type d’expulsion;Tentes;dont pleines;FDO;Statut;Nb tente\n"
ROWS = (
    "1;21/10/2026;Calais;A1;expulsion;3;;16 CRS, 2 PN;vérifié;\n2;22/10/2026;Calais ;A2;expulsion;V/57;1;CRS;vérifié;\n"
    "3;23/10/2026;calais;B1;mise à l’abri;au moins 12;14;PN;vérifié;\n4;31/02/2026;Calais;B2;expulsion;2;;;vérifié;\n"
    "TOTAL;;;;;17;;;;\n"
)


@pytest.mark.parametrize("size", [{"width": 360, "height": 740}, {"width": 1280, "height": 900}])
@pytest.mark.parametrize("dark", [False, True])
def test_a_spreadsheet_comes_in_through_the_page(visit, newsroom, tmp_path: Path, size, dark) -> None:
    sheet = tmp_path / "suivi été.csv"
    sheet.write_text(TITLES + ROWS, encoding="cp1252")
    reader = visit(size, dark=dark)
    reader.sign_in(newsroom.intern)
    shot = f"records-{size['width']}{'-dark' if dark else ''}"
    reader.see("/imports/")
    reader.shot(f"{shot}-empty")
    reader.page.set_input_files("[name=file]", sheet)
    reader.page.click("main button.next")
    reader.page.wait_for_url("**/imports/look/**", wait_until="load")
    reader.shot(f"{shot}-look")
    assert reader.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reader.page.click("button[name=import]")
    assert not Import.objects.exists()
    reader.page.fill("#answer1", "oui, 1")
    reader.page.click("button[name=import]")
    reader.page.wait_for_selector("text=Annuler cet import")
    reader.shot(f"{shot}-done")
    assert reader.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reader.see("/imports/")
    reader.shot(f"{shot}-list")
    assert Import.objects.get().report["kept"] == 3
    assert reader.complaints == []
