"""Only coverage decides where a log ends: no other code takes the extreme of a column of dates."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gosales_lib

LIBRARY = Path(gosales_lib.__file__).parent
DATES = {"order_day", "order_date"}
EXTREMES = {"max", "min", "arg_max", "arg_min", "top_k", "bottom_k"}
BY_CUSTOMER = {
    "charts/sales.py",
    "dashboard/tabs/bought.py",
    "dashboard/tabs/customer.py",
    "features/families/context.py",
    "features/families/lifecycle.py",
    "features/families/products.py",
    "features/families/recency.py",
    "features/history.py",
    "sales_log/account.py",
    "sales_log/customers.py",
    "whitespace/facts/account.py",
    "whitespace/facts/season.py",
    "whitespace/grid.py",
    "whitespace/judging.py",
    "whitespace/outputs.py",
    "whitespace/products.py",
    "whitespace/prospects/population.py",
    "whitespace/timing/curve.py",
}
"""Modules whose extremes are of a customer or a division, or of rows that coverage has kept."""


def extremes(source: str) -> Iterator[tuple[int, bool]]:
    """Yield the line of each extreme of dates, and whether a frame's whole column is asked."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        parts = [part for part in (owner, *node.args) if part is not None]
        dates = any(f"'{date}'" in ast.unparse(part) for part in parts for date in DATES)
        if name in EXTREMES and dates:
            yield node.lineno, any(isinstance(part, ast.Subscript) for part in parts)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("rows['order_day'].max()", [(1, True)]),
        ("max(rows['order_date'])", [(1, True)]),
        ("rows.select(pl.max('order_date'))", [(1, False)]),
        ("rows.group_by('c').agg(pl.col('order_day').max())", [(1, False)]),
        ("rows['gross_profit'].max()", []),
    ],
)
def test_the_search_finds_them(source, found):
    assert list(extremes(source)) == found


def test_no_module_beside_coverage_takes_the_largest_date_of_a_log():
    whole, grouped = [], set()
    for path in sorted(LIBRARY.rglob("*.py")):
        name = path.relative_to(LIBRARY).as_posix()
        if name.startswith("core/coverage/"):
            continue
        for line, column in extremes(path.read_text(encoding="utf-8")):
            whole += [f"{name}:{line}"] if column else []
            grouped.add(name)
    assert whole == []
    assert grouped <= BY_CUSTOMER
