"""Alarms on reading: files left out, decimal signs that nothing settles, blank amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gosales_lib.core.alarms import Alarm, warning
from gosales_lib.layout import Layout
from gosales_lib.sales_log.log import SalesLog
from gosales_lib.sales_log.numbers import POINT

EXPECTED = ("no sales file", "later sales", "a lock file", "its name", "not named", "it is no")
"""Reasons for which a file or sheet is rightly left out, without an alarm."""
BINARY = re.compile(r"\.xlsb?( \[|$)", re.IGNORECASE)


def _left_out(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge files that hold a table, or should: their sales would be missing."""
    files = [item for item in log.files.left_out if not item.file.endswith("]")]
    lost = [item for item in files if not item.reason.startswith(EXPECTED)]
    if lost:
        yield warning(
            name="files-left-out",
            sentence=f"{len(lost):,} files of the folder are not read.",
            count=len(lost),
            example=f"{lost[0].file}: {lost[0].reason}",
            mend="Remove them, give them the columns of the others, or name the sales with "
            "`files:`.",
        )


def _decimals(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge columns whose `1.234` is either: no other value of the file decides.

    Taken for thousands it may be 1,000 times too much, and nothing may rest on it.
    """
    for file, evidence in log.evidence.items():
        if layout.decimal or any(signs.sign for signs in evidence.signs.values()):
            continue
        for column, signs in evidence.signs.items():
            if signs.undecided:
                is_point = evidence.used[column] == POINT
                thousands = signs.open_comma if is_point else signs.open_point
                yield Alarm(
                    name="undecided-decimal-sign",
                    level="failed" if thousands else "warning",
                    sentence=f"{file}: nothing shows whether {column} holds thousands or decimals.",
                    count=signs.open_point + signs.open_comma,
                    example=signs.example_open,
                    mend='Write `decimal: "."` or `decimal: ","` in the layout.',
                )


def _mixed(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge columns in which some values have a decimal point and others a decimal comma."""
    for file, evidence in log.evidence.items():
        for column, signs in evidence.signs.items():
            if signs.mixed:
                yield warning(
                    name="mixed-decimal-signs",
                    sentence=f"{file}: {column} holds decimal points and decimal commas; each "
                    "value was read by its own sign.",
                    count=min(signs.point, signs.comma),
                    example=f"{signs.example_point} and {signs.example_comma}",
                    mend="Check whether exports of two systems were joined.",
                )


def _blank(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge lines with a quantity and no amount: they count as sold for nothing.

    One is enough in a binary workbook, where an error such as `#REF!` cannot be told from a blank.
    """
    blank, lines = sum(log.blank.values()), int(log.reconciliation["fact_rows"].sum())
    binary = any(number and BINARY.search(file) for file, number in log.blank.items())
    if lines and (binary or blank / lines > layout.alarms.rejected_warning):
        errors = "; in .xls and .xlsb these may be errors such as #REF!" if binary else ""
        file, most = max(log.blank.items(), key=lambda item: item[1])
        yield warning(
            name="blank-amounts",
            sentence=f"{blank:,} of {lines:,} lines ({blank / lines:.1%}) have a quantity and no "
            f"amount; their money counts as 0{errors}.",
            count=blank,
            example=f"{most:,} lines of {file}",
            mend="Check whether the export lost amounts; `alarms: {accept: [blank-amounts]}` says "
            "that such lines cost nothing.",
        )


CHECKS = (_left_out, _decimals, _mixed, _blank)
