"""`python docs/generate.py` writes what the docs say of the code.

That is docs/settings.md, from `.env.template` and the settings, the dictionary that
docs/features.md ends with, from the feature families, and the table of measures in docs/models.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr

from gosales_lib.core.settings import Settings
from gosales_lib.features.described import markdown
from gosales_lib.reports.measures import TITLES

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Settings

Every setting, from the environment or from `.env` in the project's root (copy `.env.template`).
The environment wins; a blank value is the default; a misspelt name is refused with the nearest
right one. Options of a command win over both. Relative paths begin at the project's root.
This page is written by `python docs/generate.py`.
"""
CHOSEN = {"GOSALES_THREADS": "all cores"}  # defaults that differ from machine to machine


def page() -> str:
    """Return the page: a heading and a table for each section of `.env.template`."""
    fields = {str(field.alias): field for field in Settings.model_fields.values()}
    lines = [HEAD]
    for kind, text, comment in entries((ROOT / ".env.template").read_text(encoding="utf-8")):
        if kind == "section":
            lines += [f"\n## {text}\n", "| setting | default | what |", "|---|---|---|"]
        else:
            lines.append(f"| `{text}` | {default(text, fields[text])} | {comment} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def entries(template: str) -> Iterator[tuple[str, str, str]]:
    """Yield the sections, and the settings with the comment above them."""
    comment = ""
    for line in template.splitlines():
        if section := re.fullmatch(r"# --- (.+) ---", line):
            yield "section", section[1], ""
        elif line.startswith("# "):
            comment = line[2:].replace("|", "\\|")
        elif "=" in line:
            yield "setting", line.split("=")[0], comment


def default(name: str, field: Any) -> str:
    """Return a setting's default, and whether it is a secret."""
    if name in CHOSEN:
        return CHOSEN[name]
    if SecretStr in get_args(field.annotation):
        return "none (secret)"
    if get_origin(field.annotation) is Literal or field.default is not None:
        return f"`{field.default}`"
    return "none"


def features(text: str) -> str:
    """Return docs/features.md with the dictionary of today's families."""
    prose, heading, rest = text.partition("\n## The dictionary\n")
    intro, _, _ = rest.partition("\n### ")
    return f"{prose}{heading}{intro}\n{markdown()}"


def measures(text: str) -> str:
    """Return docs/models.md with the table of today's measures."""
    prose, heading, rest = text.partition("\n## The measures\n")
    intro, _, _ = rest.partition("\n| measure |")
    rows = [f"| `{name}` | {title} |" for name, title in TITLES.items()]
    table = "\n".join(["| measure | what it is |", "|---|---|", *rows])
    return f"{prose}{heading}{intro}\n{table}\n"


if __name__ == "__main__":
    (ROOT / "docs" / "settings.md").write_text(page(), encoding="utf-8")
    families = ROOT / "docs" / "features.md"
    families.write_text(features(families.read_text(encoding="utf-8")), encoding="utf-8")
    models = ROOT / "docs" / "models.md"
    models.write_text(measures(models.read_text(encoding="utf-8")), encoding="utf-8")
