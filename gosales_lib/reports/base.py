"""The base of all reports: frozen, strict models with one writer and one reader.

A report is JSON: `<step>.json` beside the other files of its notebook. To add a figure, add
a field to its model and set it where the report is made; no other code reads the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, Self, TypeVar, get_args

import polars as pl
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from gosales_lib.core.validation import in_words
from gosales_lib.run_folders import integrity, receipts
from gosales_lib.run_folders.artifacts import Folder, plain, write_json

SCHEMA_VERSION = 9
"""Raise it when a field of any report is added, removed or renamed.

That report then gives the new fields to its older files in `upgraded`, or raises its `oldest`.
"""
VERSION = "schema_version"
Figure = float | None
"""A number; None where it cannot be measured, such as the Brier score of a ranking."""
Interval = tuple[float, float] | None
"""The ends of a 95% interval; None where none can be drawn."""


class NotAvailableError(ValueError):
    """A report that cannot be read as it was written; the message names the file and the field."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"not available: {file}: {reason}")
        self.file, self.reason = file, reason


class Part(BaseModel):
    """A part of a report: all fields are required, no other is allowed, no type is converted."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True
    )

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """Return a part made of its fields, with the same checks as on reading.

        Numpy scalars become numbers and NaN becomes None, as `artifacts.plain` writes them.
        ValueError names a field that is missing, unknown or of another type.
        """
        try:
            return cls.model_validate_json(json.dumps(plain(fields)))
        except ValidationError as error:
            raise ValueError(f"report {cls.__name__}: {_faults(error, cls)}") from None

    def fields(self) -> dict[str, Any]:
        """Return the fields as JSON holds them, by their names in the file."""
        return self.model_dump(mode="json")

    @classmethod
    def schema_of_table(cls) -> pl.Schema:
        """Return the fields of a flat part as the columns of a table: names and types, in order."""
        return pl.Schema({f.alias or n: _dtype(f.annotation) for n, f in cls.model_fields.items()})

    @classmethod
    def table(cls, parts: Iterable[Self]) -> pl.DataFrame:
        """Return flat parts as a table, which has its columns even without a row."""
        return pl.DataFrame([part.model_dump() for part in parts], cls.schema_of_table())


def _dtype(annotation: Any) -> Any:
    """Return the type of a column for `int`, `float | None` and the like."""
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    return pl.DataType.from_python(kinds[0])


class Report(Part):
    """The report of one notebook.

    `oldest` is the oldest schema version whose files can be read.
    """

    step: ClassVar[str]
    oldest: ClassVar[int] = 3

    @classmethod
    def upgraded(cls, content: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Return the fields of a file of an older schema version as this one has them.

        A field that it lacks follows from others, or says that it is not available.
        """
        return content

    @classmethod
    def kind_of(cls, content: Mapping[str, JsonValue]) -> type[Self]:
        """Return the model that the fields of a file belong to: this one, or one of its kinds."""
        return cls


R = TypeVar("R", bound=Report)


def write(folder: Folder, report: Report) -> Path:
    """Write a report into the folder of its notebook, as `<step>.json`."""
    folder.claim()
    content = {VERSION: SCHEMA_VERSION, **report.fields()}
    return write_json(folder.path / f"{report.step}.json", content)


def read(folder: Folder | Path, kind: type[R]) -> R:
    """Return the report of one kind that a folder holds.

    FileNotFoundError: the notebook has left no report there. NotAvailableError: the file is missing
    although its notebook ended well, is damaged, of a schema version that is not read, lacks a
    field, or was changed since it was written.
    """
    path = (folder.path if isinstance(folder, Folder) else folder) / f"{kind.step}.json"
    if not path.exists() and receipts.path(path.parent, kind.step).exists():
        raise NotAvailableError(shown(path), f"the file is missing; {MEND}")
    content = _content(path, kind)
    try:
        report = kind.kind_of(content).model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise NotAvailableError(shown(path), _faults(error, kind)) from None
    if field := _filled_in(report.fields(), content):
        raise NotAvailableError(shown(path), f"field '{field}' is missing; {MEND}")
    if integrity.changed(path):
        raise NotAvailableError(shown(path), integrity.CHANGED)
    return report


def _content(path: Path, kind: type[Report]) -> Mapping[str, Any]:
    """Check the version of a report, and return its fields as the present version has them."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        content = json.loads(text)
    except ValueError as error:
        raise NotAvailableError(shown(path), f"damaged, no JSON ({error}); {MEND}") from None
    if not isinstance(content, dict):
        raise NotAvailableError(shown(path), f"damaged, no JSON object; {MEND}")
    version = content.pop(VERSION, 0)
    if version not in range(kind.oldest, SCHEMA_VERSION + 1):
        raise NotAvailableError(shown(path), _other_version(version, kind.oldest))
    try:
        return kind.upgraded(content, version)
    except (KeyError, TypeError):  # a field lacks or is wrong, which the model names
        return content


MEND = "`gosales run` makes the run again"


def _filled_in(fields: Any, written: Any, path: str = "") -> str:
    """Return the first missing field that a default would have replaced; empty if there is none."""
    pairs: list[tuple[Any, Any]] = []
    if fields == written:
        return ""
    if isinstance(fields, dict) and isinstance(written, dict):
        if missing := [name for name in fields if name not in written]:
            return f"{path}{missing[0]}"
        pairs = [(name, (fields[name], written[name])) for name in fields]
    elif isinstance(fields, list) and isinstance(written, list):
        pairs = list(enumerate(zip(fields, written, strict=True)))
    missing_in = (_filled_in(value, other, f"{path}{name}.") for name, (value, other) in pairs)
    return next(filter(None, missing_in), "")


def _other_version(version: JsonValue, oldest: int) -> str:
    older = isinstance(version, int) and version < SCHEMA_VERSION
    by = "an older version" if older else "another version"
    return (
        f"field '{VERSION}' is {version}, this GoSales reads {oldest} to {SCHEMA_VERSION}: the run "
        f"was made by {by} of GoSales; `gosales run` makes a new one"
    )


def shown(path: Path) -> str:
    """Return the path of a file from the run's folder, `pdm/2024-12-31/x.json`."""
    home = next((p for p in path.parents if (p / "run.json").exists()), path.parent)
    return path.relative_to(home).as_posix()


def _faults(error: ValidationError, kind: type[BaseModel]) -> str:
    return in_words(error, kind, "field", most=3)
