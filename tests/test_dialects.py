"""Random logs in random dialects: `init` reads them as they were written, or asks."""

import csv
import gzip
import io
import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from gosales_lib import layout_init, sales_log
from gosales_lib.sales_log import alarms

HEADER = [
    "Customer No",
    "Customer Name",
    "Invoice No",
    "Invoice Date",
    "Item",
    "Quantity",
    "Amount",
]
NAMES = ["Müller", "Café René", "Firm 3", "Großhandel Süd", "ACME, Inc.", 'The "Shop"']
DIALECT = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|"]),
        "decimal": st.sampled_from([".", ","]),
        "places": st.sampled_from([2, 2, 2, 3, 0]),
        "grouped": st.sampled_from(["", "", " ", "'"]),
        "money": st.sampled_from(["{}", "{}", "{} EUR", "€{}", "CHF {}"]),
        "date": st.sampled_from(
            [
                "%Y-%m-%d",
                "%d.%m.%Y",
                "%d/%m/%Y",
                "%m/%d/%y",
                "%Y%m%d",
                "%d %b %Y",
                "%Y-%m-%dT%H:%M:%SZ",
            ]
        ),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "titles": st.sampled_from([0, 0, 2]),
        "total": st.booleans(),
        "kind": st.sampled_from(["csv", "csv", "gz", "xlsx", "jsonl"]),
    }
)
SALES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 24), st.integers(1, 9), st.integers(5, 900_000)),
    min_size=12,
    max_size=30,
)


def number(value: float, dialect: dict[str, Any]) -> str:
    text = f"{value:,.{dialect['places']}f}"
    whole, _, rest = text.partition(".")
    text = whole.replace(",", dialect["grouped"]) + (dialect["decimal"] + rest if rest else "")
    return str(dialect["money"].format(text))


def table(sales: list[tuple[int, int, int, int]], dialect: dict[str, Any]) -> list[list[Any]]:
    rows, day = list[list[Any]](), date(2022, 12, 27)
    for place, (other, ahead, units, cents) in enumerate(sales):
        who = place % 6 if place < 6 else other
        day += timedelta(ahead)
        money = round(cents / 10 ** dialect["places"], dialect["places"])
        key = [f"{who + 1:05d}", NAMES[who], 7000 + place]
        rows.append([*key, day, f"Item {place % 3}", units, money])
    return rows


def write(folder: Path, rows: list[list[Any]], dialect: dict[str, Any]) -> None:
    total = ["Total", *[None] * 5, sum(row[6] for row in rows)]
    if dialect["kind"] == "xlsx":
        book = xlsxwriter.Workbook(folder / "log.xlsx", {"default_date_format": "dd/mm/yyyy"})
        page = book.add_worksheet("Sales")
        titles = [["Report"]] * dialect["titles"]
        for line, row in enumerate(
            [*titles, HEADER, *rows, *([total] if dialect["total"] else [])]
        ):
            page.write_row(line, 0, row)
        book.close()
        return
    if dialect["kind"] == "jsonl":
        records = [dict(zip(HEADER, [*r[:3], r[3].isoformat(), *r[4:]], strict=True)) for r in rows]
        (folder / "log.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
        return
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dialect["delimiter"], quoting=dialect["quoting"])
    writer.writerows([["ACME Ltd"]] * dialect["titles"])
    writer.writerow(HEADER)
    for row in rows:
        money = number(row[6], dialect)
        writer.writerow([*row[:3], row[3].strftime(dialect["date"]), *row[4:6], money])
    if dialect["total"]:
        writer.writerow([*total[:6], number(total[6], dialect)])
    data = text.getvalue().encode(dialect["encoding"])
    packed = dialect["kind"] == "gz"
    (folder / ("log.csv.gz" if packed else "log.csv")).write_bytes(
        gzip.compress(data) if packed else data
    )


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(SALES, DIALECT)
def test_a_log_is_read_right_or_a_question_is_asked(sales, dialect):
    rows = table(sales, dialect)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder, rows, dialect)
        found = layout_init.propose(folder)
        log = sales_log.read(found.layout, folder)
    sales_log.check(log.reconciliation)
    failed = [alarm for alarm in alarms.of(log, found.layout) if alarm.level == "failed"]
    if found.questions or failed:
        return
    facts = log.transactions
    assert facts.height == len(rows)
    assert abs(facts["revenue"].sum() - sum(row[6] for row in rows)) < 0.001
    assert facts["quantity"].sum() == sum(row[5] for row in rows)
    assert set(facts["customer_id"]) == {row[0] for row in rows}
    assert facts["order_date"].to_list() == [row[3] for row in rows]
    assert set(log.customers["customer_name"]) == {row[1] for row in rows}
    assert isinstance(facts, pl.DataFrame)
