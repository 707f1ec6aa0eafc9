"""How strangers write days: each is read as it is meant, asked about, or refused by its place."""

# ruff: noqa: RUF001 the months of other scripts are what is tested

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from gosales_lib import layout_init, sales_log
from gosales_lib.sales_log import date_formats, dates, months

DAYS = [date(2023, 1, 2) + timedelta(9 * i) for i in range(60)]
NAMES = ("Order", "Client No", "Day", "Item", "Qty", "Net")


def rows_of(days, first=0):
    """Order lines, one per day."""
    some = ((i, 1 + i % 4, day) for i, day in enumerate(days, first))
    return [(7000 + i, 100 + i % 9, d, f"P{i % 3}", n, f"{n * (5.5 + i % 3)}") for i, n, d in some]


def write(folder, days, name="s.csv", called="Order Date", first=0):
    folder.mkdir(parents=True, exist_ok=True)
    header = [called if name == "Day" else name for name in NAMES]
    lines = [";".join(map(str, row)) for row in (header, *rows_of(days, first))]
    (folder / name).write_text("\n".join([*lines, ""]), encoding="utf-8")


def read(folder):
    """Return the log's days as proposed, the date format, and the questions."""
    found = layout_init.propose(folder)
    facts = sales_log.read(found.layout, folder).transactions
    return facts["order_date"].to_list(), found.layout.date_format, found.questions


@pytest.mark.parametrize("form", ["%y%m%d", "%d%m%Y", "%m%d%Y", "%d%m%y"])
def test_dates_in_digits_may_lack_their_first_zero(form):
    texts = pl.Series([day.strftime(form).lstrip("0") for day in DAYS])
    found = date_formats.judge(texts, True)
    assert (found.formats, found.order, found.share) == ((form,), "settled", 1.0)
    assert dates.days(texts, found.formats).to_list() == DAYS


def test_digits_whose_day_and_month_no_row_settles_are_open():
    low = [day.replace(day=1 + i * 5 % 12) for i, day in enumerate(DAYS)]
    found = date_formats.judge(pl.Series([day.strftime("%d%m%Y") for day in low]), True)
    assert found.order == "open"
    assert {found.formats, *found.alternatives} == {("%d%m%Y",), ("%m%d%Y",)}


@pytest.mark.parametrize("texts", [["123045", "123200"], ["230105", "239999"], ["4711", "99"]])
def test_numbers_of_which_some_are_no_days_are_none(texts):
    assert date_formats.judge(pl.Series(texts), True).share < 1


@pytest.mark.parametrize(
    ("form", "unit"),
    [("%G%V", "week"), ("%G-%V", "week"), ("KW%V/%G", "month"), ("W%V %g", "week")],
)
def test_weeks_count_on_their_sunday(form, unit):
    texts = pl.Series([day.strftime(form) for day in DAYS])
    found = date_formats.judge(texts, True, unit)
    assert found.formats == (form,)
    sundays = [day + timedelta(6 - day.weekday()) for day in DAYS]
    assert dates.days(texts, found.formats).to_list() == sundays


def test_serial_numbers_among_dates_count_where_they_fall_into_the_same_period():
    texts = [day.strftime("%d.%m.%Y") for day in DAYS]
    late = [str((day - date(1899, 12, 30)).days) for day in DAYS[-9:]]
    found = date_formats.judge(pl.Series(texts[:-9] + late))
    assert found.formats == ("%d.%m.%Y", "excel") and found.share == 1
    far = date_formats.judge(pl.Series([*texts[:-1], "39000"]))
    assert (far.formats, far.examples) == (("%d.%m.%Y",), ("39000",))


@pytest.mark.parametrize(
    "text",
    [
        "2024. március 2.",
        "2024년 3월 2일",
        "2024年3月2日(土)",
        "2 марта 2024 г.",
        "2 martie 2024",
        "2 Μαρτίου 2024",
        "2024-03-02 23:30 America/New_York",
        "2024-03-02 23:30 JST",
        "2024-03-02T23:30:00 UTC+2",
        "02.03.2024, 23:30 Uhr",
        "Sat Mar 02 2024 23:30:00 GMT-0500 (Eastern Standard Time)",
        "45353,5",
    ],
)
def test_a_day_as_others_write_it(text):
    found = date_formats.judge(pl.Series([text]), True)
    assert dates.days(pl.Series([text]), found.formats).to_list() == [date(2024, 3, 2)]


@pytest.mark.parametrize(
    ("called", "form", "date_format"),
    [
        ("Buchungsperiode", "%m.%Y", "%m.%Y"),
        ("Period", "FY%y-P%m", "FY%y-P%m"),
        ("Period", "P%m/%Y", "P%m/%Y"),
    ],
)
def test_periods_of_the_books_are_asked_about(tmp_path, called, form, date_format):
    write(tmp_path, [day.strftime(form) for day in DAYS], called=called)
    _, used, questions = read(tmp_path)
    assert used == date_format
    assert any("is the first one January?" in question for question in questions)


def test_a_month_is_no_period_of_the_books(tmp_path):
    write(tmp_path, [day.strftime("%m.%Y") for day in DAYS], called="Monat")
    days, used, questions = read(tmp_path)
    assert used == "%m.%Y" and not questions and days[0] == date(2023, 1, 31)


def test_seconds_of_a_clock_are_days(tmp_path):
    seconds = [int(datetime(d.year, d.month, d.day, 12, tzinfo=UTC).timestamp()) for d in DAYS]
    write(tmp_path / "at", seconds, called="sold_at")
    assert read(tmp_path / "at") == (DAYS, "unix", [])
    write(tmp_path / "unnamed", [1000 * second for second in seconds], called="Xyzzy")
    days, used, questions = read(tmp_path / "unnamed")
    assert (days, used) == (DAYS, "unix_ms")
    assert any("are the numbers of 'Xyzzy' days?" in question for question in questions)


def test_the_year_may_stand_in_the_name_of_the_folder(tmp_path):
    for year in (2023, 2024):
        own = [day for day in DAYS if day.year == year]
        written = [day.strftime("%d.%m.") for day in own]
        write(tmp_path / f"FY{year}", written, called="Order Date", first=100 * year)
    days, _, questions = read(tmp_path)
    assert sorted(days) == DAYS and not questions
    own = [date(2025, 1 + (i + 3) % 12, 20) for i in range(12)]
    write(tmp_path / "FY2025", [d.strftime("%d.%m.") for d in own], called="Order Date", first=9000)
    assert any("does it begin with January?" in question for question in read(tmp_path)[2])


@pytest.mark.parametrize(
    "due",
    ["Fälligkeitsdatum", "Date d'échéance", "Data scadenza", "Vervaldatum", "Förfallodatum"],
)
def test_the_day_of_payment_is_not_the_day_of_the_order(tmp_path, due):
    header = (due, *NAMES[:2], "Invoice Date", *NAMES[3:])
    lines = [
        header,
        *(
            (d + timedelta(30 + i % 3), *row)
            for i, (d, row) in enumerate(zip(DAYS, rows_of(DAYS), strict=True))
        ),
    ]
    (tmp_path / "s.csv").write_text("\n".join(";".join(map(str, line)) for line in lines))
    assert read(tmp_path) == (DAYS, "%Y-%m-%d", [])


def test_a_refusal_names_the_first_value_that_is_no_date_and_its_place(tmp_path):
    written = [day.strftime("%d.%m.%Y") if i < 40 else f"X{i}" for i, day in enumerate(DAYS)]
    write(tmp_path, written)
    with pytest.raises(ValueError, match=r"'X40' \(s.csv, line 42\); 40 of 60 dates can be read"):
        layout_init.propose(tmp_path)


def test_a_header_in_another_order_within_the_file_is_named(tmp_path):
    write(tmp_path, DAYS[:30])
    lines = ("Client No;Order;Item;Order Date;Net;Qty", *("100;1;P;2024-01-05;5.5;1" for _ in DAYS))
    file = tmp_path / "s.csv"
    file.write_text(file.read_text() + "\n".join([*lines, ""]))
    with pytest.raises(ValueError, match=r"header stands again in the file \(s.csv, line 32\)"):
        layout_init.propose(tmp_path)


LOW = [day.replace(day=1 + i * 5 % 12) for i, day in enumerate(DAYS)]


def test_a_file_of_which_no_row_tells_day_and_month_is_asked_about(tmp_path):
    write(tmp_path, [day.strftime("%d/%m/%Y") for day in DAYS if day.year == 2023], "a.csv")
    low = [day.strftime("%m/%d/%Y") for day in LOW if day.year == 2024]
    write(tmp_path, low, "b.csv", first=500)
    _, used, questions = read(tmp_path)
    assert used == "%d/%m/%Y"
    assert questions[0].startswith("undecided-days: no row of b.csv tells day and month apart")


@pytest.mark.parametrize("form", ["{:%Y-%m}.csv", "export {:%m} of year.csv"])
def test_months_whose_days_are_all_low_are_told_by_their_span(tmp_path, form):
    for month in range(1, 13):
        last = 12 if month % 2 else 28
        own = [date(2024, month, day) for day in range(1, last, 3)]
        written = [day.strftime("%d/%m/%Y") for day in own]
        write(tmp_path, written, form.format(own[0]), first=100 * month)
    days, used, questions = read(tmp_path)
    assert used == "%d/%m/%Y" and not questions
    assert {day.month for day in days} == set(range(1, 13))


def test_a_file_of_one_day_is_told_by_the_files_beside_it(tmp_path):
    days = [date(2024, 3, 5), *(date(2024, 3, day) for day in range(13, 32)), date(2024, 4, 6)]
    for number, day in enumerate(days, 100):
        write(tmp_path, [day.strftime("%d/%m/%Y")] * 3, f"{number}.csv", first=10 * number)
    assert read(tmp_path)[1:] == ("%d/%m/%Y", [])


def test_of_two_columns_of_dates_the_one_with_days_is_taken(tmp_path):
    header = ("Posting Period", *NAMES[:2], "TRANDATE", *NAMES[3:])
    lines = [header, *((f"{d:%b %Y}", *row) for d, row in zip(DAYS, rows_of(DAYS), strict=True))]
    (tmp_path / "s.csv").write_text("\n".join(";".join(map(str, line)) for line in lines))
    assert read(tmp_path) == (DAYS, "%Y-%m-%d", [])


@pytest.mark.parametrize(
    "keys", [["K400", "K123", "K317"], ["P1201", "W5203"], ["P10-22", "P03-21"]]
)
def test_a_key_is_no_quarter_or_week(keys):
    assert date_formats.judge(pl.Series(keys)).share == 0


def test_days_in_digits_under_a_name_cut_off(tmp_path):
    write(tmp_path, [day.strftime("%Y%m%d") for day in DAYS], called="INVOICE_DA")
    days, used, questions = read(tmp_path)
    assert (days, used) == (DAYS, "%Y%m%d")
    assert any("are the numbers of 'INVOICE_DA' days?" in question for question in questions)


def test_julian_days_are_refused_by_name_whatever_they_are_called(tmp_path):
    write(tmp_path, [f"1{day:%y%j}" for day in DAYS], called="SDTRDJ")
    with pytest.raises(ValueError, match="'SDTRDJ' holds JDE Julian dates, such as '123002'"):
        layout_init.propose(tmp_path)


@pytest.mark.parametrize("form", ["%Y-%m", "%Y%m", "%m/%Y", "%Y-%m-01"])
def test_months_in_the_header_are_names(tmp_path, form):
    months = [date(2023, month, 1).strftime(form) for month in range(1, 13)]
    rows = [(f"C{i // 2}", f"Firm {i // 2}", f"P{i % 2}", *range(i, i + 12)) for i in range(20)]
    lines = [("Customer", "Customer Name", "Item", *months), *rows]
    (tmp_path / "s.csv").write_text("\n".join(";".join(map(str, line)) for line in lines))
    assert sorted(set(read(tmp_path)[0]))[0] == date(2023, 1, 31)


def test_no_language_calls_a_month_as_another_one_calls_another_month():
    called = {}
    for locale in months.LOCALES.split():
        for word, month in months.of(locale):
            assert called.setdefault(word, month) == month, (locale, word)
    assert len(called) > 500


@pytest.mark.parametrize(
    ("text", "english"),
    [("5. märts 2024", "5 Mar 2024"), ("3 de març de 2024", "3 Mar 2024"), ("Şub 2024", "Feb 2024"),
     ("12 січня 2024", "12 Jan 2024"), ("listopad 2024", "Nov 2024"), ("studeni 2024", None)],
)  # fmt: skip
def test_months_of_many_languages_are_read(text, english):
    assert (months.in_english(text) or "").split()[-2:] == (english or "").split()[-2:]
