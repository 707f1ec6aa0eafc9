"""Levels of a finished run: each limit, a bad month, and that every place says the same."""

from __future__ import annotations

import html
import json
import re
from contextlib import nullcontext
from datetime import date
from types import SimpleNamespace

import dashboards
import numpy as np
import polars as pl
import pytest
import reported
import toys
import typer
from published import CUTOFF, FIRST, SECOND, finished_run
from toy_runs import by_command
from typer.testing import CliRunner

from gosales_lib import reports
from gosales_lib.batch import earlier_runs, findings, levels
from gosales_lib.cli import app
from gosales_lib.cli import levels as shown
from gosales_lib.core.alarms import Alarm
from gosales_lib.core.coverage import Coverage, Month
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.evaluation import drift
from gosales_lib.layout import Layout
from gosales_lib.layout.thresholds import Limit, Limits
from gosales_lib.reports.division import Division
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.reports.whitespace_tables import Cut
from gosales_lib.run_folders import Run, record, releases
from gosales_lib.run_folders.artifacts import write_json
from gosales_lib.whitespace import exclusions

ALARM = Alarm(
    name="rejected-money",
    level="warning",
    sentence="A third of May's orders has no date.",
    mend="Look at rejected_rows.parquet.",
).model_dump()


STILL = pl.DataFrame([drift.row("orders_12m", pl.Series([1.0, 2.0]), pl.Series([1.0, 2.0]))])
COLUMNS = {"customer_id": "c", "order_date": "d", "invoice": "i", "product": "p"}
COLUMNS |= {"quantity": "q", "gross_profit": "g"}
LAYOUT = Layout.model_validate(
    {"name": "toy", "shape": "long", "columns": COLUMNS, "divisions": ["Solid"]}
)


def gosales(*words):
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.mark.parametrize("name", sorted(Limits.model_fields))
def test_each_limit_of_a_layout_warns_and_fails_beyond_its_figure(name):
    assert getattr(Limits(), name).fail is None, "by default a limit only warns"
    limits = Limits.model_validate({name: {"warn": 1, "fail": 2}})
    finding = name.removesuffix("_months").replace("_", "-")
    told = [findings.compared(finding, figure, limits, "x").level for figure in (1, 1.5, 2, 2.5)]
    assert told == ["ok", "warning", "warning", "failed"]


def test_a_figure_that_is_not_available_is_never_ok():
    assert Limit(warn=0.5).level(None) == "warning"
    assert Limit(fail=0.5).level(None) == "warning"
    assert Limit().level(None) == "ok", "nobody asked for it"


def test_fail_below_warn_is_refused():
    with pytest.raises(ValueError, match="fail 1 lies below warn 2"):
        Limit(warn=2, fail=1)


def run_of(folder, run_id=FIRST, **more):
    content = {"cutoffs": {str(CUTOFF): ["Solid"]}} | more
    run = Run(finished_run(folder, run_id, released=False, **content))
    run.save_layout(LAYOUT)
    return run


def finding(run, name):
    return next(found for found in levels.of(run).findings if found.name == name)


def test_the_level_of_a_run_that_did_not_succeed_is_failed(tmp_path):
    run = run_of(tmp_path, state="failed")
    assert levels.of(run).level == "failed"
    assert levels.of(run).findings[0].name == "notebooks"


def test_the_list_is_held_against_the_one_that_was_released(tmp_path):
    first = run_of(tmp_path, FIRST, size=4)
    assert not [found for found in levels.of(first).findings if found.name == "list-turnover"]
    releases.release(first)
    second = run_of(tmp_path, SECOND, size=8)
    turnover = finding(second, "list-turnover")
    assert f"are not chosen in run {FIRST}" in turnover.sentence
    assert turnover.figure == pytest.approx(0.5)
    releases.release(second)
    assert finding(second, "list-turnover") == turnover, "also once it is released itself"


def with_orders(run, orders):
    """Write the report of 01_etl with one covered month for each number of orders."""
    months = tuple(
        Month(month=date(2024, number, 1), rows=n, orders=n, customers=n, money=1.0)
        for number, n in enumerate(orders, 1)
    )
    reports.write(run, reported.etl().model_copy(update={"coverage": Coverage(months=months)}))
    return run


def test_orders_of_the_log_before_that_are_gone_are_counted(tmp_path):
    first = with_orders(run_of(tmp_path, FIRST), [10, 10, 10])
    second = with_orders(run_of(tmp_path, SECOND), [5, 0, 12, 20])
    assert not [found for found in levels.of(first).findings if found.name == "lost-history"]
    assert finding(second, "lost-history") == findings.Finding(
        name="lost-history",
        level="warning",
        sentence=f"15 of 30 orders in the log of run {FIRST} are not in this log.",
        figure=0.5,
        warn=0.1,
    )


def test_customers_that_are_gone_are_counted_where_others_order_as_much(tmp_path):
    first = with_orders(run_of(tmp_path, FIRST), [10, 10])
    second = with_orders(run_of(tmp_path, SECOND), [10, 10])
    for run, names in ((first, ["A", "B", "C", "D"]), (second, ["A", "B", "C", "E", "F"])):
        days = [date(2024, 1, 1)] * len(names)
        frame = pl.DataFrame({"customer_id": names, "first_order_date": days})
        frame.write_parquet(run.path / "dim_customer.parquet")
    found = finding(second, "lost-history")
    assert (found.level, found.figure) == ("warning", 0.25)
    assert found.sentence == (
        f"0 of 20 orders in the log of run {FIRST} are not in this log, nor are 1 of 4 customers."
    )


def test_a_scoring_is_held_against_the_run_of_its_models(tmp_path):
    with_orders(run_of(tmp_path, FIRST), [10, 10])
    releases.release(with_orders(run_of(tmp_path, SECOND), [5, 5]))
    third = with_orders(run_of(tmp_path, "2026-03-01T000000Z", scored_with=FIRST), [10, 9, 9])
    found = finding(third, "lost-history")
    assert (found.level, found.sentence) == (
        "ok",
        f"1 of 20 orders in the log of run {FIRST} are not in this log.",
    )


def drifted(learned, scored):
    """Return the findings on divisions whose scores were `learned` once and are `scored` now."""
    frames = [
        (then, *(pl.DataFrame({"probability": side}) for side in (now, then)))
        for then, now in zip(learned, scored, strict=True)
    ]
    later = [SimpleNamespace(drift=drift.report(STILL, *each)) for each in frames]
    names = ("Solid", "Sim")
    divisions = [Division(n, None, None, None, each) for n, each in zip(names, later, strict=False)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(levels, "reported", lambda run, cutoff: divisions)
        return next(levels._drift(None, str(CUTOFF), Limits()))


@pytest.mark.parametrize("size", [20, 40, 80, 120])
def test_scores_of_few_customers_that_differ_by_chance_do_not_warn(size):
    """By the index alone, most pairs of 40 customers are above the limit."""
    draw = np.random.default_rng(17)
    pairs = [draw.beta(1, 4, (2, size)) for _ in range(200)]
    told = [drifted([then], [now]) for then, now in pairs]
    assert sum(found.level == "ok" for found in told) >= 194
    assert size > 80 or max(found.figure for found in told) > Limits().score_drift.warn


@pytest.mark.parametrize("size", [40, 80, 400])
def test_scores_of_few_customers_of_another_shape_warn(size):
    draw = np.random.default_rng(17)
    still = draw.beta(1, 4, (2, 40))
    learned, scored = [still[0], draw.beta(1, 4, size)], [still[1], draw.beta(40, 160, size)]
    found = drifted(learned, scored)
    assert found.level == "warning"
    assert "index of the shape of the scores is highest in Sim" in found.sentence
    assert "; above its limit in 1 of 2 divisions. What chance reaches" in found.sentence


def test_a_lost_gate_names_the_division(tmp_path, monkeypatch):
    first, second = run_of(tmp_path, FIRST), run_of(tmp_path, SECOND)
    releases.release(first)
    passed = {FIRST: {"Solid": True, "PDM": True}, SECOND: {"Solid": True, "PDM": False}}
    monkeypatch.setattr(earlier_runs, "passed_gates", lambda run, cutoff=None: passed[run.id])
    found = finding(second, "lost-gates")
    assert (found.level, found.figure) == ("warning", 1.0)
    assert "lost in PDM" in found.sentence


def test_a_trial_of_one_division_loses_no_gate_of_another(tmp_path, monkeypatch):
    first, second = run_of(tmp_path, FIRST), run_of(tmp_path, SECOND, kind="trial")
    releases.release(first)
    passed = {FIRST: {"Solid": True, "PDM": True}, SECOND: {"Solid": False}}
    monkeypatch.setattr(earlier_runs, "passed_gates", lambda run, cutoff=None: passed[run.id])
    assert "lost in Solid." in finding(second, "lost-gates").sentence
    assert not [one for one in levels.of(second).findings if one.name == "list-turnover"]


def test_a_gate_that_no_model_has_passed_yet_is_not_lost(tmp_path, monkeypatch):
    first, second = run_of(tmp_path, FIRST), run_of(tmp_path, SECOND)
    releases.release(first)
    for report in second.path.glob("*/????-??-??/03_train.json"):
        report.unlink()
    found = finding(second, "lost-gates")
    assert "lost in" not in found.sentence
    assert "no model was trained yet" in found.sentence and found.figure is None


def test_the_newest_check_of_the_layout_is_what_calibration_says(tmp_path):
    run = run_of(tmp_path)
    for report in run.path.glob("*/????-??-??/05_holdout.json"):
        report.unlink()
    assert "not available: no run of this layout" in finding(run, "calibration").sentence
    run_of(tmp_path, SECOND, kind="check", checks=FIRST)
    assert "The last checked run, at 2024-12-31" in finding(run, "calibration").sentence


def listed_run(folder):
    """Return a run with a ranked list, and the report of the list."""
    run = dashboards.write_run(folder)
    run.save_layout(LAYOUT)
    return run, reports.read(run.whitespace(dashboards.CUTOFF), Whitespace)


def told_of_exclusions(folder, name, **counts):
    """Return the finding on a list whose exclusions have these counts; None where there is none."""
    run, report = listed_run(folder)
    listed = report.exclusions.model_copy(update=counts)
    whole = report.model_copy(update={"exclusions": listed})
    reports.write(run.whitespace(dashboards.CUTOFF), whole)
    return {found.name: found for found in levels.of(run).findings}.get(name)


@pytest.mark.parametrize(
    ("rows", "strangers", "level"),
    [(0, 0, None), (4, 0, "ok"), (4, 2, "ok"), (4, 3, "warning"), (4, 4, "warning")],
)
def test_exclusions_that_name_nobody_raise_an_alarm(tmp_path, rows, strangers, level):
    told = told_of_exclusions(tmp_path, "unknown-exclusions", rows=rows, of_no_customer=strangers)
    assert (told and told.level) == level
    if told:
        assert told.sentence.startswith(f"{strangers} of {rows} exclusions and contacts name no")


@pytest.mark.parametrize(
    ("deals", "strangers", "level"),
    [(None, None, None), (9, 9, None), (20, 19, "ok"), (20, 20, "warning")],
)
def test_open_deals_that_all_name_nobody_raise_an_alarm(tmp_path, deals, strangers, level):
    told = told_of_exclusions(
        tmp_path, "unknown-deals", deals=deals, deals_of_no_customer=strangers
    )
    assert (told and told.level) == level
    if told:
        assert told.sentence.startswith(f"{strangers} of {deals} open deals name no customer")


@pytest.mark.parametrize(("offers", "level"), [(0, "warning"), (1, None)])
def test_a_list_without_an_offer_warns_and_names_the_rule_that_cut_most(tmp_path, offers, level):
    run, report = listed_run(tmp_path)
    cuts = [Cut(rule="owned", cut=4, left=1200), Cut(rule="excluded", cut=1200, left=0)]
    reports.write(
        run.whitespace(dashboards.CUTOFF),
        report.model_copy(update={"offers": offers, "cuts": cuts}),
    )
    health = levels.of(run)
    told = {found.name: found for found in health.findings}.get("no-offers")
    assert (told and told.level) == level
    if told:
        assert told.sentence == (
            "The list has no offer. The rule that removed most is 'excluded': 1,200 pairs."
        )
        assert next(alarm for alarm in health.alarms if alarm.name == "no-offers").mend


def test_open_deals_are_counted_beside_the_customers_that_they_name():
    cells = pl.DataFrame({"customer_id": ["a", "b"], "division": ["D", "D"]})
    excluded = pl.DataFrame({"customer_id": ["a"]})
    stages = ["Kickoff", "Angebot", None]
    going = pl.DataFrame({"customer_id": ["b", "006x", "006y"], "stage": stages})
    assert exclusions.summary(excluded, going, cells) == {
        "rows": 1,
        "of_no_customer": 0,
        "deals": 3,
        "deals_of_no_customer": 2,
        "unknown_stages": {"Kickoff": 1},
    }


def test_deals_in_stages_that_are_not_known_are_told_of(tmp_path):
    stages = {"Kickoff": 3, "Vorbereitung": 1}
    told = told_of_exclusions(tmp_path, "unknown-stages", unknown_stages=stages)
    text = "4 deals in stages that are not known count as open: 'Kickoff' (3), 'Vorbereitung' (1)."
    assert (told.level, told.sentence) == ("ok", text)


def test_a_check_that_checked_nothing_is_a_warning_and_an_open_window_of_a_run_is_none(tmp_path):
    first = run_of(tmp_path, FIRST)
    check = run_of(tmp_path, SECOND, kind="check", checks=FIRST)
    assert "unchecked" not in {found.name for found in levels.of(check).findings}
    for run in (first, check):
        reports.write(run.at("Solid", CUTOFF), reported.later(checked=False))
    told = finding(check, "unchecked")
    assert told.sentence == "1 of 1 division not checked; Solid: Nothing to check yet."
    assert (told.level, levels.of(check).level) == ("warning", "warning")
    assert "unchecked" not in {found.name for found in levels.of(first).findings}


@pytest.mark.parametrize("kind", ["candidate", "trial"])
def test_a_run_with_a_checked_holdout_is_judged_by_its_own(tmp_path, kind):
    run = run_of(tmp_path, kind=kind)
    run_of(tmp_path, SECOND, kind="check", checks="another")
    assert "This run, at 2024-12-31" in finding(run, "calibration").sentence


@pytest.fixture(scope="module")
def bad_month(tmp_path_factory):
    """A toy run on a log whose 01_etl raised an alarm."""
    folder = tmp_path_factory.mktemp("bad")
    alarm = f"REPORT = REPORT | {{'alarms': [{ALARM!r}]}}\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(toys.BODY, "01_etl", alarm + toys.BODY["01_etl"])
        result, run = by_command(folder, "A", "B")
    return result, run


def test_console_status_dashboard_and_exit_status_say_the_same_of_a_bad_month(bad_month):
    result, run = bad_month
    assert record.read(run)["state"] == "done", result.output
    assert result.exit_code == 0, "a warning alone does not fail a run"
    assert ALARM["sentence"] in result.output.replace("\n", " ")
    assert re.search(r"^level +warning$", result.output, re.M)
    health = json.loads(gosales("status", run.path, "--json").output)["health"]
    assert health["level"] == "warning"
    assert ALARM in health["alarms"]
    assert health == levels.of(run).model_dump(mode="json")


@pytest.mark.parametrize(
    ("level", "strict", "status"),
    [("warning", False, 0), ("warning", True, 3), ("failed", False, 1), ("failed", True, 1)],
)
def test_the_exit_status_follows_the_level(level, strict, status):
    health = levels.Health(level=level, findings=(), alarms=())
    with pytest.raises(typer.Exit) if status else nullcontext() as left:
        shown.leave(health, strict)
    assert not status or left.value.exit_code == status


@pytest.mark.parametrize("level", ["warning", "failed"])
def test_the_dashboards_front_page_says_the_level_and_the_alarm_of_status(tmp_path, level):
    run = dashboards.write_run(tmp_path / "runs")
    report = json.loads((run.path / "01_etl.json").read_text())
    write_json(run.path / "01_etl.json", report | {"alarms": [ALARM | {"level": level}]})
    health = json.loads(gosales("status", run.path, "--json").output)["health"]
    assert health["level"] == levels.of(run).level
    text = html.unescape(Site(tmp_path / "runs").open("?tab=overview").html)
    assert ALARM["sentence"] in text
    assert health["level"] in text
