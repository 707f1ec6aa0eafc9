"""The list's worth is the same figure on the pages, in the workbook, the JSON and the database."""

import json
import re

import dashboards as toy
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from gosales_lib import reports
from gosales_lib.cli import app
from gosales_lib.core import columns
from gosales_lib.dashboard.export import snapshot
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.database.contents import Contents
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.whitespace import icp, outputs

OFFERS, BUYERS, WORTH = 16, 10.8, 10_800.0  # the toy's first offers: 0.9, 0.87 … of 1,000 each


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return toy.write_run(tmp_path_factory.mktemp("agree") / "runs")


def pages(run):
    site = Site(run.path.parent)
    yield site.open("?tab=overview").html
    yield site.open("?tab=whitespace").html
    yield snapshot.write(run).read_text("utf-8")


def test_the_pages_and_the_report_file_give_one_worth_and_one_number_of_purchases(run):
    for html in pages(run):
        text = re.sub(r"<[^>]+>|\s+", " ", html)
        assert "€10,800" in text
        assert re.search(r"\b11 purchases\b", text) or re.search(r"Expected purchases\s+11\b", text)
        assert re.search(rf"\b{OFFERS} offers\b", text)


def test_status_as_json_gives_the_report_of_the_list(run):
    done = CliRunner().invoke(app, ["status", str(run.path), "--json"])
    assert done.exit_code == 0
    (cutoff,) = json.loads(done.stdout)["cutoffs"]
    report = cutoff["whitespace"]["reports"]["06_whitespace"]
    given = (report["top_n"], report["expected_buyers_top_n"], report["expected_gp_top_n"])
    assert given == pytest.approx((OFFERS, BUYERS, WORTH))


def test_the_workbook_s_calls_add_up_to_the_sentence_on_its_first_sheet(run):
    folder = run.whitespace(toy.CUTOFF)
    report = reports.read(folder, Whitespace)
    tables = dict.fromkeys(("reps", "balance", "moves", "potential", "what_if", "prospects"))
    empty = {name: pl.DataFrame() for name in tables}
    profiles = (pl.DataFrame(schema=icp.PROFILE), pl.DataFrame(schema=icp.FIT))
    outputs.save_workbooks(folder, report, folder.read("whitespace"), profiles, empty, "EUR")
    book = openpyxl.load_workbook(folder.path / "whitespace.xlsx")
    cover = dict(book["Read me"].iter_rows(values_only=True))
    assert (
        "16 chosen are expected to bring 10,800 gross profit from 11 purchases" in cover["The list"]
    )
    head, *rows = book["Calls"].iter_rows(values_only=True)
    assert sum(row[head.index("Expected profit")] for row in rows) == pytest.approx(WORTH)
    assert sum(row[head.index("Chance in the window")] for row in rows) == pytest.approx(BUYERS)


def test_the_database_gets_the_same_offers(run):
    (offers,) = Contents(run.path).frames("whitespace")
    chosen = offers.filter("chosen")
    assert set(columns.WHITESPACE) <= set(offers.columns)
    sums = chosen.select(pl.len(), pl.sum("probability", "expected_gp")).row(0)
    assert sums == pytest.approx((OFFERS, BUYERS, WORTH))
