"""Rows far from the rest: rejected with their money, or kept where a layout says so."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from gosales_lib import sales_log
from gosales_lib.batch import outlook
from gosales_lib.batch.request import Request
from gosales_lib.core import timeline
from gosales_lib.evaluation import holdout
from gosales_lib.features import labels
from gosales_lib.layout import Layout
from gosales_lib.run_folders import Run
from gosales_lib.sales_log import account, alarms
from gosales_lib.sales_log.extent import distance

PLAN = Layout.model_validate(
    {
        "name": "far",
        "shape": "long",
        "columns": {
            "customer_id": "Id",
            "order_date": "Date",
            "invoice": "Inv",
            "product": "What",
            "quantity": "Qty",
            "gross_profit": "GP",
        },
        "divisions": {"Bags": ["Bag"]},
    }
)
BEGIN, END = date(2022, 1, 3), date(2024, 12, 31)
HEAD = "Id,Date,Inv,What,Qty,GP"


def lines(first: date, last: date) -> list[str]:
    """Return one order on every second day, from ten customers in turn."""
    days = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, 2)]
    return [f"{n % 10},{day},I{day},Bag,1,10.00" for n, day in enumerate(days)]


LOG, LATER = lines(BEGIN, END), lines(date(2025, 1, 1), date(2025, 6, 30))
AHEAD, ANCIENT = "7,2042-01-05,X1,Bag,1,99.50", "8,1900-01-01,X2,Bag,2,0.25"


def write(folder: Path, name: str, rows: list[str]) -> Path:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "log.csv").write_text("\n".join([HEAD, *rows, ""]))
    return folder / name


def read(folder: Path, rows: list[str], plan: Layout = PLAN) -> sales_log.SalesLog:
    log = sales_log.read(plan, write(folder, "data", rows))
    sales_log.check(log.reconciliation)
    return log


def test_rows_beyond_both_ends_are_rejected_with_reason_place_and_money(tmp_path):
    log = read(tmp_path, [AHEAD, *LOG, ANCIENT])
    ends = "the last covered day is 2024-12-30"
    begins = "the first covered day is 2022-01-03"
    assert log.rejected.select("line", "reason", "gross_profit").rows() == [
        (2, f"dated 17 years after the log ends: 2042-01-05, {ends}", 99.5),
        (len(LOG) + 3, f"dated 122 years before the log begins: 1900-01-01, {begins}", 0.25),
    ]
    (book,) = log.reconciliation.to_dicts()
    assert (book["rows_in"], book["rows_kept"], book["rows_rejected"]) == (
        len(LOG) + 2,
        len(LOG),
        2,
    )
    assert book["gross_profit_rejected"] == 99.75
    assert log.transactions["order_date"].max() == date(2024, 12, 30)
    told = {alarm.name: alarm for alarm in alarms.of(log, PLAN)}
    assert {"rows-dated-ahead", "rows-dated-long-ago"} <= set(told)
    assert "rejected-money" not in told
    assert told["rows-dated-ahead"].money == 99.5
    assert told["rows-dated-long-ago"].example.startswith(
        f"log.csv, line {len(LOG) + 3}: dated 122"
    )
    assert told["rows-dated-ahead"].sentence == (
        "1 row with 99.50 USD is dated up to 17 years after the log ends on 2024-12-30: set aside, "
        "and part of no feature, label or figure."
    )


def test_they_change_nothing_else_whatever_they_hold(tmp_path):
    """The rows, customers and dates are those of the log without them."""
    plain = read(tmp_path / "plain", LOG)
    worst = ["new,2042-01-05,I2022-01-03,Bag,1000000,9999999999", "3,2025-09-09,X,Bag,-5,-1e9"]
    odd = read(tmp_path / "odd", [*worst, *LOG, ANCIENT, "new2,1970-01-01,X3,Bag,1,1"])
    assert_frame_equal(odd.transactions, plain.transactions)
    assert_frame_equal(odd.customers, plain.customers)
    assert odd.rejected.height == 4
    assert "failed" not in {alarm.level for alarm in alarms.of(odd, PLAN)}


AHEAD_BY = st.integers(46, 60_000).map(lambda days: END + timedelta(days=days))
AGO = st.integers(200, 44_000).map(lambda days: BEGIN - timedelta(days=days))
POISON = st.lists(
    st.tuples(
        st.one_of(AHEAD_BY, AGO),
        st.sampled_from(["0", "7", "new"]),
        st.sampled_from([-5, 1, 10**6]),
        st.floats(-1e9, 1e9).map(lambda money: round(money, 2)),
        st.integers(1, 4),  # lines of the same day and customer
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(poison=POISON)
@example(  # silences among the strangers themselves, a year apart: no season of the log
    poison=[(BEGIN - timedelta(days=n), "0", -5, 0.0, 1) for n in (203, 383, 489)]
)
def test_poison_any_far_rows_leave_rows_cutoffs_labels_and_holdout_as_they_were(tmp_path, poison):
    """Whatever they hold: all that is trained, scored and judged is made of what is compared."""
    odd = [
        f"{customer},{day},P{number}-{line},Bag,{quantity},{money}"
        for number, (day, customer, quantity, money, lines_of) in enumerate(poison)
        for line in range(lines_of)
    ]
    plain, found = read(tmp_path, LOG), read(tmp_path, [*odd[::2], *LOG, *odd[1::2]])
    assert_frame_equal(found.transactions, plain.transactions)
    assert_frame_equal(found.customers, plain.customers)
    assert found.rejected.height == len(odd)
    write(tmp_path, "holdout", LATER)
    after = sales_log.read_holdout(PLAN, tmp_path / "holdout", found)
    assert_frame_equal(
        after.transactions, sales_log.read_holdout(PLAN, tmp_path / "holdout", plain).transactions
    )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(poison=POISON)
def test_poison_in_a_holdout_leaves_its_rows_as_they_were(tmp_path, poison):
    log = read(tmp_path, LOG)
    odd = [
        f"{customer},{day + timedelta(days=181)},P{number},Bag,{quantity},{money}"
        for number, (day, customer, quantity, money, _) in enumerate(poison)
        if day > END
    ]
    write(tmp_path, "holdout", LATER)
    plain = sales_log.read_holdout(PLAN, tmp_path / "holdout", log)
    write(tmp_path, "holdout", [*odd, *LATER])
    found = sales_log.read_holdout(PLAN, tmp_path / "holdout", log)
    assert_frame_equal(found.transactions, plain.transactions)


def test_orders_that_are_meant_to_lie_ahead_are_kept_and_no_evidence(tmp_path):
    keep = PLAN.model_copy(update={"dated_ahead": "keep"})
    log = read(tmp_path, [*LOG, AHEAD, ANCIENT], keep)
    assert log.transactions["order_date"].max() == date(2042, 1, 5)
    assert log.rejected["line"].to_list() == [len(LOG) + 3]  # the ancient one
    assert log.coverage.last == date(2024, 12, 30)
    assert account.totals(log)["last_order"] == date(2024, 12, 30)
    told = {alarm.name: alarm.sentence for alarm in alarms.of(log, keep)}
    assert "kept as the layout says" in told["rows-dated-ahead"]


def test_a_kept_row_ahead_changes_no_label_of_the_holdout(tmp_path):
    keep = PLAN.model_copy(update={"dated_ahead": "keep"})
    window = timeline.Window(END, 6)
    found = []
    for name, extra in (("plain", []), ("odd", ["9,2025-05-20,F,Bag,1,1", AHEAD])):
        log = read(tmp_path / name, [*LOG, *extra], keep)
        after = sales_log.read_holdout(keep, write(tmp_path / name, "holdout", LATER), log)
        later = holdout.later_sales(log.transactions, after.transactions, window)
        assert later.status == "checked"
        found.append(labels.at(later.sales, "Bags", [window], keep.purchase))
    assert_frame_equal(*found)


def test_rows_of_the_holdout_are_judged_together_with_the_log(tmp_path):
    log = read(tmp_path, LOG)
    after = sales_log.read_holdout(PLAN, write(tmp_path, "holdout", [*LATER, AHEAD, ANCIENT]), log)
    sales_log.check(after.reconciliation)
    assert after.transactions.height == len(LATER)
    assert after.coverage.last == date(2025, 6, 30)
    assert after.rejected["gross_profit"].to_list() == [99.5, 0.25]
    names = [alarm.name for alarm in alarms.of_holdout(log, after, PLAN)]
    assert names == ["rows-dated-long-ago", "rows-dated-ahead"]


def test_a_table_of_a_database_is_read_like_a_file(tmp_path, monkeypatch):
    base = tmp_path / "log.db"
    with sqlite3.connect(base) as database:
        database.execute(f"create table sales ({HEAD})")
        rows = [line.split(",") for line in [*LOG, AHEAD]]
        database.executemany("insert into sales values (?, ?, ?, ?, ?, ?)", rows)
    monkeypatch.setenv("GOSALES_SOURCE_URL", f"sqlite:///{base}")
    plan = Layout.model_validate(PLAN.model_dump(by_alias=True) | {"source": {"table": "sales"}})
    log = sales_log.read_sales(plan, None)
    assert log.rejected["gross_profit"].to_list() == [99.5]


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "1 day"), (45, "45 days"), (140, "5 months"), (364, "12 months"), (6214, "17 years")],
)
def test_distances_in_words(days, words):
    assert distance(days) == words


def test_the_report_holds_what_is_covered_and_which_rows_were_set_aside(tmp_path):
    log = read(tmp_path, [*LOG, AHEAD])
    report = account.report(log, sales_log.SalesLog(), PLAN)
    assert report.coverage == log.coverage
    assert [part.rows for part in report.coverage.aside] == [1]
    assert report.coverage.files[0].last == date(2024, 12, 30)
    assert report.last_order == date(2024, 12, 30)


def run_of(folder: Path, log: list[str], later: list[str]) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    run, found = Run(folder / "run"), read(folder, log)
    after = sales_log.read_holdout(PLAN, write(folder, "holdout", later), found)
    run.write("fact_transactions", found.transactions)
    run.write("holdout_transactions", after.transactions)
    run.save_layout(PLAN)
    return run


def asked(*cutoffs: str, **parameters: int) -> Request:
    return Request("far.yaml", divisions=("Bags",), cutoffs=cutoffs, parameters=parameters)


def test_a_run_without_a_cutoff_stops_where_log_and_holdout_do_not_meet(tmp_path):
    run = run_of(tmp_path, lines(BEGIN, date(2024, 9, 30)), LATER)
    told = (
        r"the log ends on 2024-09-29 and the holdout begins on 2025-01-01: 93 days between them "
        r"are missing \(2024-09 to 2024-12\)\. .* accept the gap with --cutoff 2024-09-30"
    )
    with pytest.raises(ValueError, match=told):
        outlook.choose(run, asked())
    for request in (asked("2024-09-30"), asked(max_missing_days=93)):
        assert outlook.choose(run, request) == {date(2024, 9, 30): ["Bags"]}


def test_a_cutoff_after_the_end_is_refused_before_any_other_notebook_runs(tmp_path):
    run = run_of(tmp_path, [*LOG, AHEAD], [])
    with pytest.raises(ValueError, match="the latest possible cutoff is 2024-12-31"):
        outlook.choose(run, asked("2025-03-31"))
    assert outlook.choose(run, asked()) == {END: ["Bags"]}


def test_a_log_without_a_window_to_train_on_is_refused_before_any_other_notebook_runs(tmp_path):
    run = run_of(tmp_path, lines(date(2024, 3, 1), END), [])
    for request in (asked(), Request("far.yaml", all_divisions=True)):
        with pytest.raises(ValueError, match="is too short for windows of 6 months at cutoff"):
            outlook.choose(run, request)


@pytest.mark.parametrize(
    ("later", "status", "words"),
    [
        (LATER, "checked", "Checked: the data ends on 2025-06-30"),
        (lines(date(2025, 4, 1), date(2025, 6, 30)), "refused", "3 of 6 months missing"),
        (lines(date(2025, 1, 1), date(2025, 5, 1)), "refused", "say --max-missing-days 60"),
    ],
)
def test_a_holdout_is_judged_before_the_notebooks_run(tmp_path, later, status, words):
    run = run_of(tmp_path, LOG, later)
    (found,) = outlook.holdouts(run, asked(), [END]).values()
    assert found["status"] == status
    assert pl.Series([found["sentence"]]).str.contains(words).all(), found["sentence"]


def test_without_later_rows_the_console_does_not_mention_a_holdout(tmp_path):
    run = run_of(tmp_path, LOG, [])
    assert outlook.holdouts(run, asked(), [END]) == {}
    (verdict,) = outlook.holdouts(run, replace(asked(), holdout_dir="later"), [END]).values()
    assert verdict["sentence"] == "Nothing to check: later holds no sale of the layout's divisions."


def test_a_part_of_a_window_is_checked_only_on_request_and_says_so(tmp_path):
    run = run_of(tmp_path, LOG, lines(date(2025, 4, 1), date(2025, 6, 30)))
    (found,) = outlook.holdouts(run, asked(max_missing_days=92), [END]).values()
    assert found["status"] == "checked"
    assert found["sentence"].startswith("Checked in part: 3 of 6 months missing")


def test_days_instead_of_months_reach_the_plan_of_a_run(tmp_path):
    request = asked(window_days=28)
    assert request.length == timeline.Days(28)
    run = run_of(tmp_path, LOG, lines(date(2025, 1, 1), date(2025, 1, 27)))
    (found,) = outlook.holdouts(run, request, [END]).values()
    assert found["sentence"].startswith("Checked: the data ends on 2025-01-27, the window on 2025")
