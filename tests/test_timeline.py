"""Time: the day on the cutoff and the day after it come first."""

from datetime import date
from itertools import pairwise

import narwhals as nw
import polars as pl
import pytest

from gosales_lib.core import timeline
from gosales_lib.core.timeline import Window, add_months, to_day

CUTOFF = date(2024, 12, 31)


def kept(condition, *days):
    frame = nw.from_native(pl.DataFrame({"order_day": [to_day(day) for day in days]}))
    return [timeline.to_date(d).isoformat() for d in frame.filter(condition)["order_day"]]


def test_the_cutoff_is_known_and_the_day_after_is_a_label():
    days = ("2024-12-31", "2025-01-01")
    assert kept(timeline.known(to_day(CUTOFF)), *days) == ["2024-12-31"]
    assert kept(Window(CUTOFF, 6).labelled(), *days) == ["2025-01-01"]


def test_the_last_day_of_the_window_is_a_label_and_the_next_is_not():
    assert kept(Window(CUTOFF, 6).labelled(), "2025-06-30", "2025-07-01") == ["2025-06-30"]


def test_a_buffer_leaves_out_the_first_days():
    days = ("2025-01-10", "2025-01-11")
    assert kept(Window(CUTOFF, 6, buffer_days=10).labelled(), *days) == ["2025-01-11"]


@pytest.mark.parametrize(
    ("months", "back", "first", "last"),
    [
        (3, 0, "2024-10-01", "2024-12-31"),
        (12, 0, "2024-01-01", "2024-12-31"),
        (6, 6, "2024-01-01", "2024-06-30"),
        (1, 10, "2024-02-01", "2024-02-29"),
    ],
)
def test_last_months_begin_and_end_with_whole_months(months, back, first, last):
    outside = [timeline.to_date(to_day(first) - 1), timeline.to_date(to_day(last) + 1)]
    window = timeline.last_months(CUTOFF, months, back=back)
    assert kept(window, first, last, *outside) == [first, last]


def test_windows_side_by_side_leave_no_day_out_and_count_none_twice():
    days = [timeline.to_date(d) for d in range(to_day("2023-08-31"), to_day("2024-08-30") + 1)]
    found = [
        day
        for back in range(12)
        for day in kept(timeline.last_months(date(2024, 8, 30), 1, back=back), *days)
    ]
    assert sorted(found) == [day.isoformat() for day in days]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-06-30", 6, "2024-12-31"),
        ("2024-12-31", -10, "2024-02-29"),
        ("2023-02-28", 12, "2024-02-29"),
        ("2024-01-30", 1, "2024-02-29"),
        ("2024-01-15", -1, "2023-12-15"),
        ("2024-12-01", 1, "2025-01-01"),
    ],
)
def test_add_months_keeps_the_end_of_a_month(start, months, end):
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_a_text_that_is_not_a_date_is_named():
    with pytest.raises(ValueError, match=r"cutoff '31\.12\.2024' is not a date written YYYY-MM-DD"):
        timeline.parse_date("31.12.2024")
    with pytest.raises(ValueError, match="since '2024-02-30'"):
        timeline.parse_date("2024-02-30", "since")


def test_a_window_without_a_day_is_refused():
    with pytest.raises(ValueError, match="window_months 0 must be at least 1"):
        Window(CUTOFF, 0)
    with pytest.raises(ValueError, match="buffer of 31 days leaves no day"):
        Window(CUTOFF, 1, buffer_days=31)


@pytest.mark.parametrize(
    ("last", "cutoff"),
    [
        ("2024-12-31", "2024-12-31"),
        ("2024-12-28", "2024-12-31"),
        ("2024-12-27", "2024-11-30"),
        ("2025-01-02", "2024-12-31"),
    ],
)
def test_default_cutoff_is_a_month_end_that_the_log_reaches(last, cutoff):
    assert timeline.default_cutoff(to_day(last)) == date.fromisoformat(cutoff)


def test_training_cutoffs_had_closed_by_the_cutoff_and_have_history():
    first = to_day("2023-01-01")
    cutoffs = timeline.training_cutoffs(CUTOFF, 6, first, step_months=3, most=8, history_months=6)
    expected = ("2023-06-30", "2023-09-30", "2023-12-31", "2024-03-31", "2024-06-30")
    assert [cutoff.isoformat() for cutoff in cutoffs] == list(expected)
    assert all(Window(c, 6, anchor=CUTOFF).end <= CUTOFF for c in cutoffs)
    assert timeline.training_cutoffs(CUTOFF, 6, first, step_months=3, most=2) == cutoffs[-2:]


def test_a_log_too_short_for_a_training_cutoff_is_refused_in_words():
    told = "no earlier cutoff to learn from at 2024-12-31: it needs 6 months of log .* 2024-06-01"
    with pytest.raises(ValueError, match=told):
        timeline.training_cutoffs(CUTOFF, 6, to_day("2024-06-01"))


@pytest.mark.parametrize(
    ("cutoff", "newest", "ends"),
    [
        ("2024-12-30", "2024-06-30", "2024-12-30"),
        ("2024-12-31", "2024-06-30", "2024-12-31"),
        ("2024-08-29", "2024-02-29", "2024-08-29"),
        ("2024-08-30", "2024-02-29", "2024-08-30"),
        ("2023-08-28", "2023-02-28", "2023-08-28"),
        ("2024-02-29", "2023-08-31", "2024-02-29"),
    ],
)
def test_the_newest_window_closes_on_the_cutoff_itself(cutoff, newest, ends):
    day = date.fromisoformat(cutoff)
    chosen = timeline.training_cutoffs(day, 6, to_day("2019-01-01"))
    assert chosen[-1].isoformat() == newest
    assert Window(chosen[-1], 6, anchor=day).end.isoformat() == ends


def test_no_window_reaches_beyond_its_cutoff_and_no_step_drifts_on_any_day_of_ten_years():
    """Every day of ten years, steps and windows of 1 to 24 months in turn."""
    first = to_day("2010-01-01")
    for number, number_of_day in enumerate(range(to_day("2016-01-01"), to_day("2026-01-01"))):
        cutoff, step = timeline.to_date(number_of_day), number % 24 + 1
        months = number * 7 % 24 + 1
        chosen = timeline.training_cutoffs(cutoff, months, first, step_months=step, most=9)
        windows = [Window(day, months, anchor=cutoff) for day in chosen]
        assert windows[-1].end == cutoff
        assert chosen == [add_months(cutoff, -months - step * n) for n in range(len(chosen))][::-1]
        assert [w.end for w in windows] == [
            add_months(cutoff, -step * n) for n in range(len(chosen))
        ][::-1]
        assert all(abs(28 - min(day.day, 28)) <= abs(28 - min(cutoff.day, 28)) for day in chosen)


@pytest.mark.parametrize("months", range(1, 25))
def test_windows_end_to_end_lose_no_day_and_count_none_twice(months):
    """Chained windows of one anchor: each begins on the day after the one before it ends."""
    for number in range(to_day("2023-01-01"), to_day("2025-01-01")):
        anchor = timeline.to_date(number)
        back = [add_months(anchor, -months * n) for n in range(1, 5)]
        ends = [Window(day, months, anchor=anchor).end for day in back]
        assert ends == [anchor, *back[:-1]]


@pytest.mark.parametrize(("length", "months"), [(28, 1), (90, 3), (7, 1), (182, 6)])
def test_a_window_of_days_ends_after_as_many_days(length, months):
    window = Window(CUTOFF, timeline.length(6, length))
    assert window.end_day - window.cutoff_day == length
    assert (window.days, window.months, window.length) == (length, months, timeline.Days(length))
    assert Window(CUTOFF, timeline.length(6, 0)) == Window(CUTOFF, 6)


@pytest.mark.parametrize(("length", "steps"), [(28, (28, 10)), (90, (90, 30))])
def test_windows_of_days_close_on_the_cutoff_and_overlap_only_in_a_short_log(length, steps):
    for first, step in (("2015-01-01", steps[0]), (str(date(2024, 4, 1)), steps[1])):
        back = to_day(CUTOFF) - to_day(first)
        if back < 183 + length:
            continue
        chosen = timeline.training_cutoffs(CUTOFF, timeline.Days(length), to_day(first))
        ends = [Window(day, timeline.Days(length), anchor=CUTOFF).end_day for day in chosen]
        assert ends[-1] == to_day(CUTOFF)
        assert {b - a for a, b in pairwise(ends)} <= {step}


def test_lengths_in_words_and_months():
    assert timeline.in_words(timeline.Days(28)) == "28 days"
    assert timeline.in_words(6) == "6 months"
    assert timeline.in_words(1) == "1 month"
    assert timeline.months_of(timeline.Days(365)) == pytest.approx(12, abs=0.02)
    with pytest.raises(ValueError, match="window_days -1 must be at least 1"):
        Window(CUTOFF, timeline.Days(-1))


def test_a_day_number_is_that_of_the_logs_dates():
    days = ["1970-01-01", "2024-12-31"]
    numbers = pl.Series(days).str.to_date().to_physical().to_list()
    assert [to_day(day) for day in days] == numbers == [0, 20088]


def test_without_a_setback_the_last_months_end_on_the_cutoff():
    days = ("2024-09-30", "2024-10-01", "2024-12-31", "2025-01-01")
    assert kept(timeline.last_months(CUTOFF, 3), *days) == ["2024-10-01", "2024-12-31"]


def test_five_quarters_are_enough_and_with_four_the_newest_eight_months_train():
    quarters = timeline.training_cutoffs(CUTOFF, 6, to_day("2023-01-01"))
    assert [day.isoformat() for day in quarters[:2]] == ["2023-06-30", "2023-09-30"]
    assert len(quarters) == 5
    months = timeline.training_cutoffs(CUTOFF, 6, to_day("2023-01-02"))  # a day too late for five
    assert months == [add_months(date(2024, 6, 30), -n) for n in range(7, -1, -1)]


def test_a_cutoff_whose_window_is_not_covered_is_passed_over():
    gap = date(2024, 3, 31)
    chosen = timeline.training_cutoffs(
        CUTOFF, 6, to_day("2022-01-01"), step_months=3, most=2, covered=lambda day: day != gap
    )
    assert chosen == [date(2023, 12, 31), date(2024, 6, 30)]


def test_a_window_may_be_a_single_day_and_is_in_months_where_no_days_are_given():
    assert Window(CUTOFF, timeline.Days(1)).end.isoformat() == "2025-01-01"
    assert timeline.length(6) == 6
