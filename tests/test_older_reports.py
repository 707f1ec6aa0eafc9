"""Runs of older schema versions are read, shown, checked and released.

`reports_of_schema_3.json` holds what the code at schema 3 wrote on a sample of 200 customers: one
report per notebook, with lists cut to their first two entries.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import reported
from published import CUTOFF, finished_run

from gosales_lib import reports, run_folders
from gosales_lib.batch import recheck
from gosales_lib.batch.request import Request
from gosales_lib.reports.base import SCHEMA_VERSION, VERSION
from gosales_lib.reports.summary import KINDS
from gosales_lib.reports.training import Training
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.run_folders.artifacts import write_json

WRITTEN = json.loads((Path(__file__).parent / "reports_of_schema_3.json").read_text("utf-8"))


def read(folder: Path, step: str, **changes):
    write_json(folder / f"{step}.json", WRITTEN[step] | changes)
    return reports.read(folder, KINDS[step])


@pytest.mark.parametrize("step", sorted(set(KINDS) - {Training.step, Whitespace.step}))
def test_a_report_of_schema_3_is_read_as_it_was_written(tmp_path, step):
    assert WRITTEN[step][VERSION] == 3
    assert {VERSION: 3} | read(tmp_path, step).fields() == WRITTEN[step]


def test_the_baseline_of_a_verdict_of_schema_3_or_4_has_its_present_name(tmp_path):
    written = WRITTEN[Training.step]
    before = written["verdict"]
    for version in (3, 4):
        given = read(tmp_path, Training.step, **{VERSION: version}).fields()
        verdict = given.pop("verdict")
        assert {VERSION: 3, "verdict": before} | given == written
        assert verdict.pop("baseline") == before["rival"] == "mbg_nbd"
        assert verdict.items() <= before.items()


def test_a_list_of_schema_3_gets_what_follows_and_says_what_was_not_measured(tmp_path):
    written = WRITTEN[Whitespace.step]
    report = read(tmp_path, Whitespace.step)
    assert (
        report.balance
        == "The balance between reps is not available: an older GoSales made the list."
    )
    assert [each.expected_buyers for each in report.prospects] == [None] * len(written["prospects"])
    assert written["values"]["high"] / written["values"]["low"] < 4
    assert report.values.trusted
    given = report.fields()
    for name in ("balance", "prospects", "values"):
        del given[name]
    assert given.pop("exclusions") == written["exclusions"] | {
        "deals": None,
        "deals_of_no_customer": None,
        "unknown_stages": {},
    }
    assert given.items() <= written.items()


def test_an_older_list_gives_no_money_that_earlier_windows_refute(tmp_path):
    values = WRITTEN[Whitespace.step]["values"] | {"low": 10.0, "high": 90.0}
    report = read(tmp_path, Whitespace.step, values=values)
    assert not report.values.trusted
    rows = (*report.by_division, *report.reps, *report.what_if)
    assert rows
    assert report.expected_gp_top_n is None
    assert {row.expected_gp for row in rows} == {None}
    assert {row.last_gp for row in report.what_if} == {None}
    potential = ("open_gp", "never_bought_gp", "lapsed_gp", "chosen_gp")
    assert {getattr(row, name) for row in report.potential for name in potential} == {None}


@pytest.mark.parametrize(
    ("low", "high", "trusted"),
    [
        (50.0, 199.0, True),
        (50.0, 200.0, False),  # a factor of two, which the words of that time doubt, too
        (-199.0, -50.0, True),
        (-200.0, -50.0, False),
        (0.0, 0.0, False),
        (None, None, True),  # not measurable, as in a new list
    ],
)
def test_money_of_schema_3_is_trusted_by_its_interval(tmp_path, low, high, trusted):
    values = WRITTEN[Whitespace.step]["values"] | {"low": low, "high": high}
    assert read(tmp_path, Whitespace.step, values=values).values.trusted is trusted


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({VERSION: 2}, r"'schema_version' is 2, this GoSales reads 3 to \d+: .*an older version"),
        ({VERSION: SCHEMA_VERSION + 1}, "another version of GoSales"),
        ({VERSION: "3"}, "'schema_version' is 3"),
        ({"values": None}, "field 'values'"),
        ({"cuts": [None]}, "field 'cuts"),
        ({VERSION: SCHEMA_VERSION}, "is missing"),
    ],
)
def test_a_report_that_cannot_be_upgraded_is_refused_in_one_sentence(tmp_path, changes, words):
    with pytest.raises(reports.NotAvailableError, match=words):
        read(tmp_path, Whitespace.step, **changes)


def test_a_run_of_schema_3_can_be_checked(tmp_path):
    chosen = {"cutoffs": {CUTOFF.isoformat(): ["Solid"]}, "notebooks": []}
    chosen["parameters"] = asdict(Request("toy.yaml"))
    run = run_folders.open_run(finished_run(tmp_path, released=False, **chosen))
    home = run.at("Solid", CUTOFF)
    reports.write(home, reported.training("Solid"))
    write_json(home.path / f"{Training.step}.json", WRITTEN[Training.step])
    fresh, _ = recheck.prepare(tmp_path, run, None, None)
    assert (
        reports.read(fresh.at("Solid", CUTOFF), Training).champion
        == WRITTEN["03_train"]["champion"]
    )
