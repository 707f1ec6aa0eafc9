"""Coverage: misplaced rows, missing months, and ordinary logs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from gosales_lib.core import coverage, timeline
from gosales_lib.core.timeline import Window

BEGIN, END = date(2021, 7, 1), date(2024, 12, 31)
CUTOFF = date(2024, 12, 31)


def days(first: date, last: date, keep: Callable[[date], bool] = lambda day: True) -> list[date]:
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in every if keep(day)]


def rows(dates: Iterable[date], customers: int = 3, division: str = "A") -> pl.DataFrame:
    """Return rows with `customers` orders on each day."""
    table = [
        {
            "customer_id": f"c{n}",
            "order_day": timeline.to_day(day),
            "invoice": f"{day}-{n}",
            "division": division,
            "product": division,
            "gross_profit": 10.0,
            "quantity": 1.0,
        }
        for day in dates
        for n in range(customers)
    ]
    schema = {"customer_id": pl.String, "order_day": pl.Int32, "invoice": pl.String}
    schema |= {"division": pl.String, "product": pl.String}
    return pl.DataFrame(table, schema=schema | {"gross_profit": pl.Float64, "quantity": pl.Float64})


def working(day: date) -> bool:
    return day.weekday() < 5


LOG = rows(days(BEGIN, END, working))


def stray(*dates: str, customers: int = 1) -> pl.DataFrame:
    return rows(map(date.fromisoformat, dates), customers)


def ends(log: pl.DataFrame) -> tuple[str, str, str]:
    seen = coverage.of(log)
    return str(seen.first), str(seen.last), str(seen.default_cutoff())


WHOLE = ("2021-07-01", "2024-12-31", "2024-12-31")


@pytest.mark.parametrize(
    "dates",
    [
        ("2042-01-05",),
        ("2025-05-20",),
        ("2025-12-30",),
        ("1900-01-01",),
        ("1970-01-01", "2012-07-03"),
        ("2025-01-20", "2025-03-03", "2025-04-28", "2026-02-01"),
        ("1900-01-01", "2025-03-05", "2099-12-31"),
        tuple(f"2025-{month:02}-15" for month in range(1, 13)),
    ],
)
def test_rows_far_from_the_rest_are_no_evidence_of_coverage(dates):
    seen = coverage.of(pl.concat([stray(*dates), LOG]))
    assert (str(seen.first), str(seen.last), str(seen.default_cutoff())) == WHOLE
    assert sum(part.rows for part in seen.aside) == len(dates)
    assert sum(part.money for part in seen.aside) == 10.0 * len(dates)
    assert seen.missing == ()
    later = [m.label for m in seen.months if m.state == "set aside"]
    assert later == sorted({day[:7] for day in dates})


BATCHES = rows(days(BEGIN, END, lambda day: (day + timedelta(days=1)).day == 1), customers=40)
WEEKLY = rows(days(BEGIN, END, lambda day: day.weekday() == 1), customers=15)


@pytest.mark.parametrize("log", [LOG, BATCHES, WEEKLY], ids=["working days", "monthly", "weekly"])
@pytest.mark.parametrize(
    "dates",
    [
        ("2025-01-10",),
        ("2025-01-09", "2025-01-11"),
        ("2025-01-29",),
        ("2025-01-31",),
        ("2025-01-13", "2042-01-05"),
        ("2021-04-15",),
        ("2021-01-05", "1970-01-01"),
    ],
)
def test_rows_a_few_days_from_a_log_are_judged_by_its_own_rhythm(log, dates):
    clean = coverage.of(log)
    seen = coverage.of(pl.concat([stray(*dates), log]))
    assert (seen.first, seen.last) == (clean.first, clean.last)
    assert sum(part.rows for part in seen.aside) == len(dates)
    assert seen.default_cutoff() == CUTOFF


def test_many_rows_ahead_of_one_customer_are_no_evidence_either():
    wide = pl.concat(
        rows([day], 4).with_columns(customer_id=pl.format("c{}", pl.int_range(4) + 4 * (n % 20)))
        for n, day in enumerate(days(BEGIN, END, working))
    )
    ahead = rows(days(date(2025, 1, 1), date(2025, 7, 31), working), 1)
    for last in (date(2025, 1, 17), date(2025, 2, 28), date(2025, 7, 31)):
        some = ahead.filter(pl.col("order_day") <= timeline.to_day(last))
        seen = coverage.of(pl.concat([wide, some]))
        assert seen.default_cutoff() == CUTOFF
        assert (seen.last - END).days <= timeline.GRACE_DAYS  # within them nothing can tell


def test_one_default_date_of_many_customers_is_far_from_the_rest_too():
    log = pl.concat([LOG, stray("2099-12-31", customers=150)])
    assert ends(log) == WHOLE
    assert coverage.of(log).aside[0].customers == 150


def test_a_subscription_that_is_invoiced_ahead_is_no_evidence_of_coverage():
    ahead = [f"2025-{month:02}-01" for month in range(1, 13)]
    seen = coverage.of(pl.concat([LOG, stray(*ahead, customers=12)]))
    assert seen.default_cutoff() == CUTOFF
    assert seen.last <= date(2025, 1, 1)  # the first of them follows the log at once


def test_divisions_that_fall_silent_together_end_the_log_though_a_subscription_goes_on():
    """A third of the usual orders go on, on many days: only their division tells."""
    others = [rows(days(BEGIN, END, working), 2, name) for name in ("B", "C")]
    plan = rows(days(BEGIN, date(2025, 6, 30), working), 1, "Plan")
    seen = coverage.of(pl.concat([*others, plan]))
    assert (seen.last, seen.default_cutoff()) == (END, CUTOFF)
    one = pl.concat([rows(days(BEGIN, date(2024, 9, 30), working), 1, "B"), LOG])
    assert coverage.of(one).last == END  # one of two ends early, and has less than half


@pytest.mark.parametrize("last", days(date(2024, 1, 1), END, working)[::7])
def test_a_log_that_ends_on_any_day_is_covered_up_to_it(last):
    log = LOG.filter(pl.col("order_day") <= timeline.to_day(last))
    assert ends(log)[:2] == ("2021-07-01", str(last))
    assert coverage.of(log).aside == ()


def test_a_quiet_christmas_with_few_orders_after_it_stays():
    def closed(day: date) -> bool:
        return working(day) and not date(2024, 12, 21) <= day <= date(2025, 1, 6)

    log = rows(days(BEGIN, date(2025, 1, 8), closed))
    assert ends(log) == ("2021-07-01", "2025-01-08", "2024-12-31")


@pytest.mark.parametrize(
    "keep",
    [
        lambda day: working(day) and day.month != 8,  # closed in August
        lambda day: working(day) and day.month % 3 == 0,  # sells at the end of a quarter
        lambda day: day.weekday() == 2,  # once a week
        lambda day: (day + timedelta(days=1)).day == 1,  # once a month
        lambda day: (day + timedelta(days=1)).day == 1 and day.month % 3 == 0,  # four times a year
        lambda day: working(day) and not (day.month == 12 and day.day > 20),
        lambda day: working(day) and (day.month in (4, 5, 6, 7) or day.day == 10),  # a season
    ],
)
def test_a_business_with_its_own_rhythm_lacks_nothing(keep):
    seen = coverage.of(rows(days(BEGIN, END, keep), customers=20))
    assert (seen.missing, seen.aside) == ((), ())
    assert {month.state for month in seen.months} <= {"covered", "quiet"}
    assert not any(division.ends_early for division in seen.divisions)


def test_a_business_that_grows_lacks_nothing():
    grows = [
        rows([day], 1 + ((day - BEGIN).days // 60) ** 2 // 4) for day in days(BEGIN, END, working)
    ]
    seen = coverage.of(pl.concat(grows))
    assert (str(seen.first), seen.missing, seen.aside) == ("2021-07-01", (), ())


@pytest.mark.parametrize("last", days(date(2024, 8, 26), date(2024, 9, 20), working)[::3])
def test_a_business_that_opens_again_after_its_summer_is_covered(last):
    log = rows(days(BEGIN, last, lambda day: working(day) and day.month != 8))
    assert ends(log)[1] == str(timeline.to_date(int(log["order_day"].to_numpy()[-3])))


@pytest.mark.parametrize("day", days(BEGIN, date(2023, 1, 5), lambda day: day.day in (1, 15)))
def test_a_few_rows_say_nothing_of_what_is_missing(day):
    seen = coverage.of(rows([BEGIN, day, date(2024, 12, 31)], 1))
    assert (seen.first, seen.last, seen.missing) == (BEGIN, date(2024, 12, 31), ())


def without(*months: str) -> Callable[[date], bool]:
    return lambda day: working(day) and f"{day:%Y-%m}" not in months


@pytest.mark.parametrize(
    "months", [("2023-05",), ("2022-08",), ("2024-10", "2024-11"), ("2021-09",)]
)
def test_a_month_that_is_gone_is_seen(months):
    seen = coverage.of(rows(days(BEGIN, END, without(*months))))
    assert [m.label for m in seen.months if m.state == "missing"] == list(months)
    assert len(seen.missing) == 1
    assert str(seen.missing[0].first)[:7] in (
        months[0],
        str(timeline.month_end(date.fromisoformat(months[0] + "-01"), -1))[:7],
    )


def test_a_month_with_a_tenth_of_its_rows_is_thin():
    def thin(day: date) -> bool:
        return working(day) and (f"{day:%Y-%m}" != "2023-05" or day.day in (10, 24))

    seen = coverage.of(rows(days(BEGIN, END, thin)))
    assert [(m.label, m.state) for m in seen.months if m.state != "covered"] == [
        ("2023-05", "thin")
    ]
    assert [(str(s.first), str(s.last), s.thin) for s in seen.missing] == [
        ("2023-05-01", "2023-05-31", True)
    ]


def test_months_have_rows_orders_customers_money_and_files():
    log = rows([date(2024, 1, 5), date(2024, 2, 6), date(2024, 2, 7)], 2)
    files = pl.DataFrame(
        {"file": ["a", "b", "b"], "order_day": log["order_day"].unique().sort(), "rows": [2, 2, 2]},
        schema_overrides={"order_day": pl.Int32},
    )
    seen = coverage.of(log, files=files)
    told = [(m.label, m.rows, m.orders, m.customers, m.money, m.files) for m in seen.months]
    assert told == [("2024-01", 2, 2, 2, 20.0, 1), ("2024-02", 4, 4, 2, 40.0, 1)]
    assert [(s.name, s.rows, str(s.last)) for s in seen.files] == [
        ("a", 2, "2024-01-05"), ("b", 4, "2024-02-07"),
    ]  # fmt: skip


def test_a_division_that_falls_silent_early_is_named_and_others_are_not():
    short = rows(days(BEGIN, date(2024, 6, 28), working), 2, "Short")
    rare = rows(
        days(BEGIN, date(2024, 9, 30), lambda day: day.day == 15 and day.month % 3 == 0), 1, "Rare"
    )
    seen = coverage.of(pl.concat([LOG, short, rare]))
    assert [(d.name, str(d.last)) for d in seen.divisions if d.ends_early] == [
        ("Short", "2024-06-28")
    ]


def test_an_empty_log_has_no_days():
    seen = coverage.of(rows([]))
    assert seen.last is None
    with pytest.raises(ValueError, match="the log holds no sale"):
        seen.default_cutoff()


@pytest.mark.parametrize(
    ("cutoff", "message"),
    [
        ("2025-03-31", "last covered day is 2024-12-31: the latest possible cutoff is 2024-12-31"),
        ("2021-06-30", "lies before the log, which begins on 2021-07-01"),
    ],
)
def test_a_cutoff_that_the_log_does_not_cover_is_refused(cutoff, message):
    with pytest.raises(ValueError, match=message):
        coverage.of(LOG).refuse(date.fromisoformat(cutoff))


def test_a_cutoff_has_three_days_of_grace():
    seen = coverage.of(rows(days(BEGIN, date(2024, 12, 28), lambda day: day.weekday() < 6)))
    assert str(seen.last) == "2024-12-28"
    seen.refuse(date(2024, 12, 31))
    with pytest.raises(ValueError, match="latest possible cutoff is 2024-12-31"):
        seen.refuse(date(2025, 1, 1))


def test_a_cutoff_in_a_hole_is_refused_and_never_the_default():
    seen = coverage.of(rows(days(BEGIN, END, without("2024-08", "2024-09"))))
    with pytest.raises(ValueError, match=r"lacks sales \(2024-08-01 to 2024-09-30\)"):
        seen.refuse(date(2024, 9, 30))
    seen.refuse(date(2024, 7, 31))


WINDOW = Window(CUTOFF, 6)  # to 2025-06-30


def later(first: str, last: str, *months: str) -> pl.DataFrame:
    keep = without(*months)
    return rows(days(date.fromisoformat(first), date.fromisoformat(last), keep))


@pytest.mark.parametrize(
    ("holdout", "missing", "months"),
    [
        (later("2025-01-01", "2025-06-30"), 0, []),
        (later("2025-01-01", "2025-06-27"), 0, []),  # three days of grace
        (later("2025-01-01", "2025-06-26"), 4, []),
        (later("2025-01-01", "2025-05-30"), 31, ["2025-06"]),
        (later("2025-04-01", "2025-06-30"), 90, ["2025-01", "2025-02", "2025-03"]),
        (later("2025-01-15", "2025-06-30"), 14, []),
        (later("2025-01-01", "2025-06-30", "2025-03"), 31, ["2025-03"]),
        (later("2025-06-02", "2025-06-30"), 152, [f"2025-{n:02}" for n in range(1, 6)]),
        (later("2025-01-01", "2025-12-31"), 0, []),
    ],
)  # fmt: skip
def test_a_holdout_is_judged_over_the_whole_window(holdout, missing, months):
    seen = coverage.of(LOG, holdout).seen(WINDOW)
    assert seen.missing_days == missing
    assert [f"{month:%Y-%m}" for month in seen.missing_months] == months
    assert (seen.days, seen.months) == (181, 6)


def test_rows_that_are_far_from_the_log_are_no_evidence_with_a_holdout_either():
    log = pl.concat([LOG, stray("2025-05-20")])
    assert coverage.of(log, later("2025-01-01", "2025-04-30")).last == date(2025, 4, 30)


@pytest.mark.parametrize("every", [7, 14])
def test_a_holdout_of_few_orders_is_covered_and_not_dated_ahead(every):
    few = days(date(2025, 1, 1), date(2025, 6, 30))[::every]
    assert coverage.of(LOG, rows(few, customers=1)).last == few[-1]


def test_a_holdout_of_one_division_is_covered():
    log = pl.concat([rows(days(BEGIN, END), 3, "A"), rows(days(BEGIN, END), 1, "B")])
    alone = rows(days(date(2025, 1, 1), date(2025, 6, 30)), 1, "B")
    seen = coverage.of(log, alone)
    assert seen.last == date(2025, 6, 30)
    assert seen.of_division("A").seen(WINDOW).missing_days == 181


def test_a_few_days_after_a_log_are_no_holdout():
    assert coverage.of(LOG, stray("2025-05-20", "2025-05-27")).last == END


def test_a_window_with_a_missing_month_does_not_train_unless_the_layout_says_so():
    log = rows(days(BEGIN, END, without("2023-05")))
    chosen = coverage.training_cutoffs(log, CUTOFF, 6)
    closed = [day.isoformat() for day in chosen.cutoffs]
    assert "2022-12-31" not in closed  # its window has 2023-05
    assert "2023-03-31" not in closed
    assert closed[-1] == "2024-06-30"
    assert "2023-03-31 (1 of 6 months missing (2023-05))" in chosen.sentence
    allowed = coverage.training_cutoffs(log, CUTOFF, 6, max_missing_months=1)
    assert date(2023, 3, 31) in allowed.cutoffs
    assert "Covered in part: 2022-12-31 (1 of 6" in allowed.sentence


def test_where_every_window_lacks_sales_the_reason_is_given():
    log = rows(days(date(2023, 9, 1), END, without("2024-08")))
    with pytest.raises(ValueError, match=r"missing in the window of each \(.*2024-06-30 \(1 of 6"):
        coverage.training_cutoffs(log, CUTOFF, 6)


def test_training_looks_at_no_row_after_the_cutoff():
    cutoff = date(2023, 12, 31)
    log = LOG.filter(pl.col("order_day") <= timeline.to_day(cutoff))
    scrambled = pl.concat([log, stray("2024-01-02", "2024-02-28", "2042-01-01", customers=400)])
    assert coverage.training_cutoffs(scrambled, cutoff, 6) == coverage.training_cutoffs(
        log, cutoff, 6
    )


def test_lines_of_a_customer_on_a_day_are_one_order_wherever_they_stand():
    near = rows([date(2024, 1, 5)] * 2 + [date(2024, 1, 8)], 2).sort("customer_id", "order_day")
    nobody = near.head(2).with_columns(customer_id=pl.lit(None, pl.String))
    log = pl.concat([near, nobody])
    for lines in (log, log.gather([7, 0, 3, 1, 6, 4, 2, 5])):
        (month,) = coverage.of(lines).months
        told = month.rows, month.orders, month.customers, month.money
        assert told == (8, 5, 3, 80.0)


TWO = pl.concat([LOG, rows(days(BEGIN, END, working), 2, "B")])


def begun(first: str, last: str) -> pl.DataFrame:
    """Return the log with a division that has no row but from `first` to `last`."""
    part = rows(days(date.fromisoformat(first), date.fromisoformat(last), working), 2, "C")
    return pl.concat([TWO, part])


@pytest.mark.parametrize(
    ("log", "missing", "cutoffs"),
    [
        (begun("2021-07-01", "2024-12-31"), [], 8),
        (begun("2021-07-01", "2024-02-29"), [("2024-03-01", "2024-12-31")], 4),  # stopped
        (begun("2023-06-01", "2024-12-31"), [("2021-07-01", "2023-05-31")], 5),  # begun late
        (
            begun("2021-07-01", "2024-12-31").filter(
                (pl.col("division") != "C")
                | ~pl.col("order_day").is_between(
                    *map(timeline.to_day, ("2024-01-01", "2024-03-31"))
                )
            ),
            [("2023-12-30", "2024-03-31")],
            6,
        ),  # a file of it is missing
    ],
)
def test_windows_in_which_a_division_lacks_sales_do_not_train_it(log, missing, cutoffs):
    seen = coverage.of(log)
    spans = {part.name: part.missing for part in seen.divisions}
    assert [(str(s.first), str(s.last)) for s in spans["C"]] == missing
    assert spans["A"] == spans["B"] == ()
    assert coverage.training_cutoffs(log, CUTOFF, 6, "A") == coverage.training_cutoffs(
        log, CUTOFF, 6
    )
    own = coverage.training_cutoffs(log, CUTOFF, 6, "C")
    assert len(own.cutoffs) == cutoffs
    every = coverage.training_cutoffs(log, CUTOFF, 6).cutoffs
    assert {*own.cutoffs, *(part.cutoff for part in own.left_out)} == set(every)


def test_where_no_window_of_a_division_is_covered_they_train_and_are_named():
    own = coverage.training_cutoffs(begun("2024-10-01", "2024-12-31"), CUTOFF, 6, "C")
    assert len(own.cutoffs) == 8
    assert "Covered in part: " in own.sentence
    assert "2024-06-30 (3 of 6 months missing (2024-07 to 2024-09))" in own.sentence


PROGRAM = """
import datetime, sys
sys.path.insert(0, sys.argv[1])
from test_coverage import CUTOFF, LOG, stray
import polars as pl
from gosales_lib.core import coverage, timeline
log = pl.concat([LOG, stray("2042-01-05", "1900-01-01")])
print(coverage.of(log).model_dump_json())
print(coverage.training_cutoffs(log, CUTOFF, 6).model_dump_json())
print([str(timeline.add_months(datetime.date(2024, 2, 29), n)) for n in range(-24, 25)])
"""


@pytest.mark.slow
def test_time_zone_and_locale_of_the_host_change_nothing():
    places = [("UTC", "C"), ("Pacific/Kiritimati", "de_DE.UTF-8"), ("America/Adak", "tr_TR.UTF-8")]
    told = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(Path(__file__).parent)],
            env={**os.environ, "TZ": zone, "LC_ALL": place, "LANG": place},
            capture_output=True,
            check=True,
        ).stdout
        for zone, place in places
    }
    assert len(told) == 1
    assert b'"last":"2024-12-31"' in told.pop()


def test_a_month_that_is_dated_years_too_early_is_told_by_the_years_between():
    early = rows(days(date(2014, 8, 1), date(2014, 8, 31), working))
    seen = coverage.of(pl.concat([LOG, early]))
    assert [(str(gap.first), str(gap.last)) for gap in seen.missing] == [
        ("2014-08-30", "2021-06-30")
    ]


@pytest.mark.parametrize(("silence", "stray"), [(38, 0), (70, 1)])
def test_one_order_behind_a_silence_that_is_chance_in_a_small_log_is_covered(silence, stray):
    every = [BEGIN + timedelta(days=int(3.8 * n)) for n in range(180)]
    last = every[-1] + timedelta(days=silence)
    seen = coverage.of(rows([*every, last], customers=1))
    assert seen.last == (every[-1] if stray else last)
