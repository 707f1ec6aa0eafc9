"""The spelling of names and numbers: the nearest correct name, a column in words, plurals."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")
"""Where a column's name joins two words: `StateName`, `FTECount`, `state_name`."""
MARKS = "\u0591-\u05c7\u064b-\u065f\u0900-\u0eff"
"""Letters of Indic scripts, Thai and Lao, and points of Hebrew and Arabic: no sign parts them."""
MOST = 4
"""Most missing columns that one error names."""
_ACCENTS = str.maketrans(
    {"ß": "ss", "\u0131": "i", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d"}
)


def plain(text: str) -> str:
    """Return a text without accents, in one normal form."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(_ACCENTS))
    bare = "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def in_words(column: str) -> str:
    """Return a column's name as people write it; one without joints stays as it is.

    >>> in_words("StateProvinceName")
    'State province name'
    >>> in_words("Industry")
    'Industry'
    """
    apart = JOINT.sub(" ", column).strip()
    if apart == column or not apart:
        return column
    small = " ".join(word.lower() if word.istitle() else word for word in apart.split())
    return small[0].upper() + small[1:]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless the number is 1.

    >>> counted(1, "day"), counted(3200, "day")
    ('1 day', '3,200 days')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def hint(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` with the nearest known name, or a list of the known names.

    A name that shares half of its letters is near only if it begins with the same one.

    >>> hint("Date", ["Invoice", "Day"]), hint("Date", ["Facture", "Jour"])
    ("; did you mean 'Day'?", '; known: Facture, Jour')
    """
    names = list(names)
    lowered = {k.lower(): k for k in reversed(names)}
    near = difflib.get_close_matches(name.lower(), lowered, 1, cutoff=0.6)
    alike = [known for known in lowered if known[:1] == name[:1].lower()]
    if near := near or difflib.get_close_matches(name.lower(), alike, 1, cutoff=0.5):
        return f"; did you mean {lowered[near[0]]!r}?"
    return f"; known: {', '.join(names[:12])}" if names else ""


def refuse_missing(
    file: str, header: Collection[str], wanted: Collection[str], layout: str = ""
) -> None:
    """Raise ValueError with each column that a file lacks, and the nearest other that it has.

    Parameters
    ----------
    wanted
        Columns; with the name of a layout, by column the layout's key that names it.
    """
    missing = [name for name in wanted if name not in header]
    rest = [name for name in header if name not in wanted]
    told, others = [], ""
    for column in missing[:MOST]:
        key = ""
        if isinstance(wanted, Mapping):
            key = f" (key {wanted[column]!r} of layout {layout!r})"
        near = hint(column, rest)
        others = near.replace("known", "columns that nothing names") if "known" in near else others
        told.append(f"column {column!r}{key} is missing{'' if 'known' in near else near}")
    if len(missing) > MOST:
        told.append(f"{len(missing) - MOST} more are missing")
    if told:
        raise ValueError(f"{file}: {'; '.join(told)}{others}")
