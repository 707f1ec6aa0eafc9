"""The proposed layout as YAML, in the order in which a person reads it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gosales_lib import layout as layouts
from gosales_lib.core import settings
from gosales_lib.core.spelling import counted
from gosales_lib.layout_init import writing
from gosales_lib.layout_init.customer_tables import Described
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.roles import Roles
from gosales_lib.layout_init.shapes import Shape
from gosales_lib.sales_log.required_columns import months_of

BOUGHT = (
    "bought: the measure, summed over the window, returns taken off, is above 0; "
    "`aggregate: any` asks for one line above 0, whatever came back"
)
ASSUMED = "Lines marked `assumed` are yours to change; docs/layouts.md has all keys."
ASK = "open questions: answer each above, then delete it; `check` exits with 3 and `run` refuses"


def lines(name: str, roles: Roles, shape: Shape, described: Described | None) -> list[str]:
    """Return the YAML without its questions."""
    looked = roles.looked
    height = sum(table.rows.height for table in looked.log)
    head = f"Proposed from {', '.join(s.name for s in looked.log[:5])}: {counted(height, 'row')}."
    notes, add = roles.notes, writing.entry
    text = [*writing.comment(head), *writing.comment(ASSUMED), *add("name", name)]
    text += add("currency", roles.keys["currency"], doubt=notes.get("currency", ""))
    text += _places(looked, notes, roles.keys)
    text += add("shape", shape.name, note=shape.note)
    text += ["", "columns:"]
    for role in layouts.Columns.model_fields:
        if role in roles.columns:
            text += add(role, roles.columns[role], doubt=notes.get(role, ""), indent="  ")
    by_month = months_of(roles.keys.get("months", ())).values()
    months = {column for columns in by_month for column in columns.values()}
    used = (roles.used | shape.used | months) - _set_free(roles)
    if unused := [column for column in looked.columns if column not in used]:
        text += writing.comment("in the file, and not needed; a column that is new is refused")
        text += writing.items("ignore:", unused)
    for key, value in roles.keys.items():
        if key != "currency":
            text += add(key, value, doubt=notes.get(key, ""))
    text += ["", *shape.lines(notes)]
    text += ["", *writing.comment(BOUGHT)]
    text += add("purchase", shape.purchase, doubt=notes.get("purchase", ""))
    if described:
        text += ["", *writing.customers(described)]
    return text


def _set_free(roles: Roles) -> set[str]:
    """Return the columns that lose their role by an answer: the layout must not need them then."""
    changes = [answer.change for question in roles.questions for answer in question.answers]
    other = {
        roles.column(key.removeprefix("columns."))
        for change in changes
        for key, value in change.items()
        if key.startswith("columns.") and value != roles.column(key.removeprefix("columns."))
    }
    return other - {""}


def questions(texts: Sequence[str]) -> list[str]:
    """Return the open questions as YAML."""
    if not texts:
        return []
    return ["", *writing.comment(ASK), "questions:", *(f"  - {writing.scalar(q)}" for q in texts)]


def name_of(looked: Looked) -> str:
    """Return the layout's name: of the folder, or of the file or table that was named."""
    base = looked.log[0].path.name.split(".")[0] if looked.chosen else looked.folder.resolve().name
    if looked.source:
        base = looked.log[0].name.split(".")[-1]
    return re.sub(r"[^a-z0-9]+", "_", base.lower()).strip("_")[:40] or "my_log"


def _places(looked: Looked, notes: Mapping[str, str], keys: Mapping[str, Any]) -> list[str]:
    """Return where the log and its later rows lie, from the project's root where that is near."""
    if looked.source:
        return writing.entry("source", looked.source.model_dump(exclude_none=True))
    text = writing.entry("data", shown(looked.folder))
    if later := looked.holdout:
        text += writing.entry("holdout", shown(later), note="later rows, opened only at the end")
    else:
        text += writing.comment("holdout: FOLDER   of later rows, to check what was predicted")
    if looked.others:
        text += writing.comment(f"assumed: {notes.get('files', '')}")
    if (looked.chosen or looked.competing) and "files" not in keys:
        text += writing.entry("files", _pattern(looked))
    parts = [table.entry.part for table in looked.log]
    if len(parts) == 1 and parts[0] and looked.log[0].entry.inner:
        text += writing.entry("sheet", parts[0])
    for code in dict.fromkeys(table.encoding for table in looked.log if table.encoding != "utf-8"):
        text += writing.comment(f"encoding: {code}   as its letters suggest; name another here")
    return text


def _pattern(looked: Looked) -> str:
    names = [table.path.name for table in looked.log]
    pattern = writing.pattern(names, looked.competing)
    if pattern:
        return pattern
    reasons = {other.file: other.reason for other in looked.others}
    named = [f"{name}: {reasons.get(name, 'other columns')}" for name in looked.competing[:3]]
    raise ValueError(
        f"{looked.folder}: sales files and others ({'; '.join(named)}) lie side by side and their "
        "names do not tell them apart: mend those with sales, and move the others away"
    )


def shown(folder: Path) -> str:
    """Return a folder from the project's root, or whole where it lies far from it."""
    root = settings.project_root()
    resolved = folder.resolve()
    near = resolved.is_relative_to(root.parent)
    return Path(os.path.relpath(resolved, root)).as_posix() if near else resolved.as_posix()


def evidence_of(roles: Roles) -> list[str]:
    """Return the column of each role with its evidence, one line per role."""
    every = roles.log.every
    shown = {e.name: f" ({e.distinct:,} values, such as {e.example!r})" for e in every}
    return [
        f"{role}: {column if isinstance(column, str) else ' + '.join(column)}"
        f"{shown.get(str(column), '')}"
        for role, column in roles.columns.items()
    ]
