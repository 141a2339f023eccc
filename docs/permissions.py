"""Prints who may do what in the studio into docs/permissions.md, from the table that the studio enforces.

python docs/permissions.py          write docs/permissions.md
python docs/permissions.py --check  fail where it says something else
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Who may do what in the studio

Made by `python docs/permissions.py` from `web/rights.py`; a test tries every row with every role. “see” opens a page,
“press” sends its form. What hangs on the thing itself is not in the table: nobody approves a post that they worked on,
a coordinator without a second factor approves nothing, nobody changes their own role, the last administrator stays.

| page | address | nobody signed in | intern | editor | coordinator | administrator |
|---|---|---|---|---|---|---|
"""


def written() -> str:
    """The page."""
    from web.rights import matrix

    lines = [
        f"| {name} | `/{pattern.lstrip('^').rstrip('$')}` | {' | '.join(cells)} |" for name, pattern, cells in matrix()
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    if "--check" in sys.argv:
        sys.exit(None if PAGE.read_text(encoding="utf-8") == written() else f"{PAGE.name} is not as the code has it")
    PAGE.write_text(written(), encoding="utf-8")
