"""Jinja for templates that designers edit; hand-off kits are made with the same (publishers/_templating.py)."""

from publishers._templating import TEMPLATES_DIR, environment

__all__ = ["TEMPLATES_DIR", "environment"]
