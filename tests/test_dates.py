"""Days of orders: each date is read right or refused; the order of formats does not matter."""

from datetime import date, datetime, timedelta
from itertools import permutations

import polars as pl
import pytest

from gosales_lib.sales_log import date_formats, dates

DAY = date(2024, 3, 2)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2024-03-02", "%d.%m.%Y"),  # ISO 8601 is always read
        ("2024-03-02T23:30:00-05:00", "%Y-%m-%d"),
        ("2024-03-02T23:30:00.123Z", "%Y-%m-%d"),
        ("2024-03-02 23:30:00+01", "%d.%m.%Y"),
        ("20240302T233000-0800", "%Y-%m-%d"),
        ("20240302T2330Z", "%d.%m.%Y"),
        ("20240302T23+01", "%d.%m.%Y"),
        ("2024-03-02-23.30.00.123456", "%d.%m.%Y"),
        ("02.03.2024 \u0433.", "%d.%m.%Y"),
        ("2. 3. 2024 r.", "%d.%m.%Y"),
        ("2024-03-02T23:30:00-05:00", "%Y-%m-%dT%H:%M:%S%z"),
        ("02.03.2024 10:15", "%d.%m.%Y"),
        ("3/2/2024 10:15:01 PM", "%m/%d/%Y"),
        ("3/2/2024 13:05", "%m/%d/%Y %I:%M %p"),
        ("3/2/24", "%m/%d/%y"),
        ("2. März 2024", "%d. %B %Y"),
        ("2 mars 2024", "%d %b %Y"),
        ("mar. 2 mars 2024", "%d %b %Y"),
        ("2-MAR-24", "%d-%b-%y"),
        ("2 de marzo de 2024", "%d %B %Y"),
        ("March 2nd, 2024", "%B %d, %Y"),
        ("Sat, 02 Mar 2024 10:15:00 GMT", "%a, %d %b %Y %H:%M:%S %Z"),
        ("2024年3月2日", "%d.%m.%Y"),
        ("20240302", "%Y%m%d"),
        ("20240302.0", "%Y%m%d"),
        ("45353", "excel"),
        ("45353.75", "excel"),
        ("1709337600", "unix"),
        ("1709337600000", "unix_ms"),
    ],
)
def test_a_day_in_many_ways(text, form):
    assert dates.days(pl.Series([text, None]), [form]).to_list() == [DAY, None]


@pytest.mark.parametrize("clock", ["T230100+0200", "T2301Z", "T23", "T230100,5-05"])
def test_basic_dates_of_iso_8601_need_no_name_that_says_date(clock):
    found = date_formats.judge(pl.Series([day.strftime(f"%Y%m%d{clock}") for day in DAYS]))
    assert (found.share, found.order) == (1, "settled")


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("2024-02", "%Y-%m", date(2024, 2, 29)),
        ("2024 2", "%Y %m", date(2024, 2, 29)),
        ("Feb 2024", "%b %Y", date(2024, 2, 29)),
        ("Noi 2024", "%b %Y", date(2024, 11, 30)),
        ("2024-W05", "%G-W%V", date(2024, 2, 4)),
        ("1/2/49", "%d/%m/%y", date(2049, 2, 1)),
        ("1/2/68", "%d/%m/%y", date(1968, 2, 1)),
        ("1/2/03", "%d/%m/%Y", None),  # the year 3
        ("2024-02-30", "%Y-%m-%d", None),
        ("soon", "%Y-%m-%d", None),
    ],
)
def test_months_weeks_and_short_years(text, form, day):
    assert dates.days(pl.Series([text]), [form]).to_list() == [day]


def test_formats_give_the_same_in_any_order():
    column = pl.Series(["1/2/03", "1/2/2003", "13/2/2003", "2/13/2003", "2003-02-01"])
    forms = ["%d/%m/%Y", "%d/%m/%y", "%m/%d/%Y"]
    results = {tuple(dates.days(column, order).to_list()) for order in permutations(forms)}
    day = date(2003, 2, 1)
    assert results == {(day, None, date(2003, 2, 13), date(2003, 2, 13), day)}


def test_a_time_zone_keeps_the_day_of_its_own_clock():
    late = pl.Series([datetime(2024, 12, 31, 23, 30)]).dt.replace_time_zone("America/New_York")
    assert dates.days(late, ["%Y-%m-%d"]).to_list() == [date(2024, 12, 31)]


@pytest.mark.parametrize(
    "text",
    [
        *("9999-12-31", "31.12.9999", "99991231", "2999-01-01 00:00", "2958465", "0000-00-00"),
        *("00.00.0000", "00000000", "0", "0000-00-00 00:00:00", "1900-01-00"),
    ],
)
def test_a_year_that_never_comes_and_a_date_of_zeros_are_no_end(text):
    beside = ["2099-12-31", "2020-10-10", "10.10.2020", "1900-01-01", None]
    assert dates.endless(pl.Series([text, *beside])).to_list() == [True, *[False] * 5]


DAYS = [date(2023, 1, 2) + timedelta(9 * i) for i in range(40)]
LOW = [day.replace(day=1 + i * 5 % 12) for i, day in enumerate(DAYS)]


@pytest.mark.parametrize(
    "form",
    ["%d/%m/%Y", "%m/%d/%Y", "%m/%d/%y", "%d.%m.%y", "%Y/%m/%d", "%Y%m%d", "%y-%m-%d", "%d %b %Y"],
)
def test_all_rows_decide_the_format(form):
    found = date_formats.judge(pl.Series([day.strftime(form) for day in DAYS]), True)
    assert (found.formats, found.order, found.share) == ((form,), "settled", 1.0)


def test_years_of_two_lengths_share_one_order():
    forms = ("%m/%d/%Y", "%m/%d/%y")
    texts = [day.strftime(forms[i % 2]) for i, day in enumerate(DAYS)]
    found = date_formats.judge(pl.Series(texts))
    assert (set(found.formats), found.order, found.share) == (set(forms), "settled", 1.0)


def test_what_no_row_settles_is_open():
    found = date_formats.judge(pl.Series([day.strftime("%d/%m/%Y") for day in LOW]))
    assert found.order == "open"
    assert {found.formats, *found.alternatives} == {("%d/%m/%Y",), ("%m/%d/%Y",)}


def test_the_order_of_rows_settles_what_no_field_does():
    found = date_formats.judge(pl.Series([day.strftime("%d/%m/%Y") for day in sorted(LOW)]))
    assert (found.formats, found.order) == (("%d/%m/%Y",), "settled")


def test_an_order_that_changes_within_the_column_is_mixed():
    texts = [day.strftime("%m/%d/%Y" if i < 20 else "%d/%m/%Y") for i, day in enumerate(DAYS)]
    found = date_formats.judge(pl.Series(texts))
    assert found.order == "mixed"
    assert found.examples == ("19/07/2023", "01/20/2023")


@pytest.mark.parametrize(
    "values", [["10.50", "1.234"], ["089/12345", "030-1234"], ["Paper 4", "May Ltd"], ["10234"]]
)
def test_a_text_that_is_not_a_date_gives_null(values):
    assert date_formats.judge(pl.Series(values * 9)).share == 0


def test_a_column_without_values_has_no_format():
    found = date_formats.judge(pl.Series(["", None, "n/a"]), True)
    assert (found.formats, found.order, found.filled) == ((), "settled", 0)
