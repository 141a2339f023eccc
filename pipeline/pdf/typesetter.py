"""What runs in the limited process: Typst, and no file but those of one folder and the fonts."""

from __future__ import annotations

from pathlib import Path

from publishers._sentences import Said, _


def pages(folder: str, template: str, told: str, faces: list[str]) -> int:
    """How many pages the PDF has that now stands in the folder as out.pdf; `Said` where the template is wrong."""
    import typst

    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=faces)
    compiler = typst.Compiler(
        root=folder, font_paths=found, ignore_system_fonts=True, package_path=folder, package_cache_path=folder
    )
    main = Path(folder, f"{template}.typ")
    try:
        made, warned = compiler.compile_with_warnings(
            main, format="pdf", sys_inputs={"data": told}, pdf_standards=["ua-1"], timestamp=0
        )
    except typst.TypstError as wrong:
        raise Said(_("The template {name} cannot be set: {why}.", name=template, why=wrong.message)) from None
    if warned:
        raise Said(_("The template {name} cannot be set: {why}.", name=template, why=warned[0].message))
    assert isinstance(made, bytes)
    Path(folder, "out.pdf").write_bytes(made)
    return made.count(b"/Type/Page/")
