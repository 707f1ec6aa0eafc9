"""The first line of a file: its delimiter, and a name for every column."""

from __future__ import annotations

import csv
import io

DELIMITERS = ",;\t|"


def sniff(header: str, known: list[str]) -> str:
    """Return the delimiter that splits the header into most of the layout's columns."""
    split = {d: next(csv.reader([header], delimiter=d), []) for d in DELIMITERS}
    found = {d: (len(set(names) & set(known)), len(names)) for d, names in split.items()}
    return max(DELIMITERS, key=found.__getitem__)


def refuse_twins(file: str, names: list[str]) -> None:
    """Refuse a header that names a column twice: nobody could say which one is meant."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{file}: column {name!r} stands twice in the header: rename one")


def named(line: bytes, names: list[str], delimiter: str) -> bytes:
    """Return the header line; a column without a name is called by its place."""
    if all(names) or line.count(b'"') % 2:
        return line
    text = io.StringIO()
    every = [name or by_place(place) for place, name in enumerate(names, start=1)]
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(every)
    return text.getvalue().encode()


def by_place(place: int) -> str:
    """Return what a column without a name is called."""
    return f"column {place}"
