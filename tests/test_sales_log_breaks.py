"""A log that changes midway: new customer keys, another unit of money."""

from datetime import date

import pytest

from gosales_lib import layout, sales_log
from gosales_lib.sales_log import alarms

HEAD = "Customer,Date,Invoice,Product,Branch,Qty,GP\n"
LAYOUT = """name: t
shape: long
columns: {customer_id: Customer, order_date: Date, invoice: Invoice, product: Product,
          branch: Branch, quantity: Qty, gross_profit: GP}
divisions: [PDM, Simulation]
"""
DAYS = [date(year, month, 5) for year in (2022, 2023, 2024) for month in range(1, 13)]


def lines(days=DAYS, key="C{:03}".format, amount=lambda customer, day, branch: 100, customers=40):
    """Return rows: each customer orders every second month, half of them in each branch."""
    rows = [HEAD]
    for day in days:
        for number in range(day.month % 2, customers, 2):
            branch = "North" if number < customers / 2 else "South"
            product = "PDM" if number % 4 < 2 else "Simulation"
            money = amount(number, day, branch) + number
            rows.append(f"{key(number)},{day},{day}-{number},{product},{branch},1,{money}\n")
    return "".join(rows)


def heard(folder, files, later=None):
    """Return the alarms by name on files, and on a holdout that follows them."""
    (folder / "log").mkdir()
    for name, text in files.items():
        (folder / "log" / name).write_text(text)
    (folder / "t.yaml").write_text(LAYOUT)
    plan = layout.load(folder / "t.yaml")
    log = sales_log.read(plan, folder / "log")
    raised = alarms.of(log, plan)
    if later is not None:
        (folder / "later").mkdir(exist_ok=True)
        (folder / "later" / "later.csv").write_text(later)
        raised = alarms.of_holdout(log, sales_log.read_holdout(plan, folder / "later", log), plan)
    return {alarm.name: alarm for alarm in raised}


def test_a_log_of_one_kind_raises_nothing(tmp_path):
    assert heard(tmp_path, {"a.csv": lines(DAYS[:18]), "b.csv": lines(DAYS[18:])}) == {}


def test_customers_whose_keys_all_change_in_one_month_raise_an_alarm(tmp_path):
    files = {"a.csv": lines(DAYS[:24]), "b.csv": lines(DAYS[24:], "N{:03}".format)}
    alarm = heard(tmp_path, files)["customers-numbered-anew"]
    assert alarm.level == "failed"
    assert alarm.count == 40
    assert "of 40 customers before 2024-01-01 0% ordered after it (usual: 100%)" in alarm.sentence


def test_keys_that_change_for_a_quarter_of_the_customers_are_no_break(tmp_path):
    after = lines(DAYS[24:], lambda number: f"N{number}" if number < 10 else f"C{number:03}")
    assert "customers-numbered-anew" not in heard(
        tmp_path, {"a.csv": lines(DAYS[:24]), "b.csv": after}
    )


def test_customers_who_never_come_back_are_no_break(tmp_path):
    def once(number):
        return f"{next(counter)}"

    counter = iter(range(100_000))
    assert "customers-numbered-anew" not in heard(tmp_path, {"a.csv": lines(key=once)})


def test_a_young_business_that_grows_fast_is_no_break(tmp_path):
    files = {"a.csv": lines(DAYS[:18], customers=20), "b.csv": lines(DAYS[18:], customers=200)}
    assert "customers-numbered-anew" not in heard(tmp_path, files)


def test_a_holdout_of_other_customers_raises_an_alarm(tmp_path):
    days = [date(2025, month, 5) for month in range(1, 7)]
    files = {"a.csv": lines()}
    assert heard(tmp_path, files, lines(days)) == {}
    for part in ("log", "later"):
        for file in (tmp_path / part).iterdir():
            file.unlink()
        (tmp_path / part).rmdir()
    assert "customers-numbered-anew" in heard(tmp_path, files, lines(days, "N{:03}".format))


def test_a_holdout_in_thousands_raises_an_alarm(tmp_path):
    days = [date(2025, month, 5) for month in range(1, 7)]
    later = lines(days, amount=lambda number, *_: (100 + number) / 1000 - number)
    alarm = heard(tmp_path, {"a.csv": lines()}, later)["amounts-in-another-unit"]
    assert "the amounts of the holdout are about 1/1,000 of those" in alarm.sentence


@pytest.mark.parametrize(
    ("factor", "words"),
    [(1000, "about 1,000 times"), (0.001, "about 1/"), (25, "about 25 times")],
)
def test_a_file_in_another_unit_raises_an_alarm(tmp_path, factor, words):
    files = {
        "a.csv": lines(DAYS[:12]),
        "b.csv": lines(DAYS[12:24], amount=lambda number, *_: (100 + number) * factor - number),
        "c.csv": lines(DAYS[24:]),
    }
    alarm = heard(tmp_path, files)["amounts-in-another-unit"]
    assert alarm.level == "failed"
    assert "the amounts of the file b.csv are " + words in alarm.sentence


def test_a_branch_in_another_currency_raises_an_alarm(tmp_path):
    text = lines(amount=lambda number, day, branch: 15_000 if branch == "South" else 100)
    alarm = heard(tmp_path, {"a.csv": text})["amounts-in-another-unit"]
    assert "the branch" in alarm.sentence


def test_one_month_in_cents_raises_an_alarm(tmp_path):
    text = lines(amount=lambda number, day, branch: 10_000 if day == date(2023, 5, 5) else 100)
    alarm = heard(tmp_path, {"a.csv": text})["amounts-in-another-unit"]
    assert "the amounts of 2023-05 are about" in alarm.sentence


def test_prices_that_grow_sevenfold_in_three_years_are_no_other_unit(tmp_path):
    text = lines(amount=lambda number, day, branch: 100 * (1 + 3 * (day.year - 2022)))
    assert heard(tmp_path, {"a.csv": text}) == {}


NAMED = LAYOUT.replace("branch: Branch", "customer_name: Branch")


def two_companies(second, shared):
    """Return the log of a company, and that of a second one with customers of the same numbers."""
    companies = [("A.csv", "{} Tools Ltd", range(20)), ("B.csv", second, range(20 - shared, 40))]
    files = {}
    for file, name, keys in companies:
        pairs = [(month, key, name.format(f"Firm{key}")) for month in (1, 2) for key in keys]
        rows = [f"{key},2024-0{month}-05,{month}{key},PDM,{who},1,9\n" for month, key, who in pairs]
        files[file] = HEAD + "".join(rows)
    return files


@pytest.mark.parametrize(
    ("second", "shared", "level"),
    [
        ("Kunde Nr. {0}x", 20, "failed"),
        ("Kunde Nr. {0}x", 5, "failed"),
        ("Kunde Nr. {0}x", 4, None),
        ("{0} Machines GmbH", 20, None),
    ],
)
def test_a_key_of_two_customers_raises_an_alarm_by_their_names(tmp_path, second, shared, level):
    for file, text in two_companies(second, shared).items():
        (tmp_path / file).write_text(text)
    (tmp_path / "t.yaml").write_text(NAMED)
    plan = layout.load(tmp_path / "t.yaml")
    raised = {a.name: a for a in alarms.of(sales_log.read(plan, tmp_path), plan)}
    alarm = raised.get("one-key-two-names")
    assert (alarm.level if alarm else None) == level
    if alarm is not None:
        key = 20 - shared
        assert alarm.count == shared
        assert alarm.example == f"'{key}' is 'Firm{key} Tools Ltd' and 'Kunde Nr. Firm{key}x'"


@pytest.mark.parametrize(
    ("silent", "sentence"),
    [
        (lambda day: day > date(2024, 6, 30), "branch South from 2024-06-22 to 2024-12-21"),
        (
            lambda day: day.year == 2023 and day.month > 8,
            "branch South from 2023-08-22 to 2023-12-31",
        ),
        (lambda day: day < date(2023, 1, 1), None),
        (lambda day: day == date(2023, 5, 5), None),
        (
            lambda day: (day.year, day.month) == (2023, 5),
            "branch South from 2023-04-22 to 2023-05-31",
        ),
        (lambda day: day.month == 5, None),  # the branch is closed in each May
    ],
)
def test_a_branch_whose_file_is_missing_raises_an_alarm(tmp_path, silent, sentence):
    days = [date(day.year, day.month, 1 + 4 * week) for day in DAYS for week in range(6)]
    rows = lines(days, customers=60).splitlines(keepends=True)
    kept = [r for r in rows if not ("South" in r and silent(date.fromisoformat(r.split(",")[1])))]
    raised = heard(tmp_path, {"a.csv": "".join(kept)})
    alarm = raised.get("branch-lacks-sales")
    assert (alarm is None) == (sentence is None)
    if alarm is not None:
        assert alarm.level == "warning"
        assert sentence in alarm.sentence


def test_a_holdout_that_stands_in_two_files_raises_an_alarm(tmp_path):
    later = lines([date(2025, month, 5) for month in range(1, 7)])
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "copy.csv").write_text(later)
    alarm = heard(tmp_path, {"a.csv": lines()}, later)["same-export-twice"]
    assert alarm.level == "failed"
    assert alarm.sentence.startswith("in the holdout, all 120 rows of later.csv stand in other")


LATER = [date(2025, month, 5) for month in range(1, 7)]


def test_a_holdout_as_before_raises_nothing(tmp_path):
    assert heard(tmp_path, {"a.csv": lines()}, lines(LATER)) == {}


def test_a_holdout_that_loses_all_its_rows_is_no_empty_one(tmp_path):
    alarm = heard(tmp_path, {"a.csv": lines()}, lines(LATER).replace("-", "."))
    assert alarm["nothing-kept"].level == "failed"
    assert alarm["nothing-kept"].sentence == "none of 120 rows of the holdout was kept."


def test_a_holdout_without_one_branch_raises_an_alarm(tmp_path):
    rows = [line for line in lines(LATER).splitlines(True) if "South" not in line]
    alarm = heard(tmp_path, {"a.csv": lines()}, "".join(rows))["branch-missing-in-holdout"]
    assert "no sale of branch South after 2024-12-05" in alarm.sentence


@pytest.mark.parametrize("customers", [60, 12])
def test_a_branch_that_lacks_a_month_of_the_holdout_raises_an_alarm(tmp_path, customers):
    days = [date(day.year, day.month, 1 + 4 * week) for day in DAYS for week in range(6)]
    later = [date(2025, month, 1 + 4 * week) for month in range(1, 7) for week in range(6)]
    rows = lines(later, customers=customers).splitlines(True)
    rows = [row for row in rows if not ("South" in row and row.split(",")[1][:7] == "2025-03")]
    raised = heard(tmp_path, {"a.csv": lines(days, customers=customers)}, "".join(rows))
    told = raised["branch-missing-in-holdout"].sentence
    assert "no sale of branch South from 2025-0" in told
    assert " to 2025-03-31: " in told


def test_a_branch_that_was_closed_before_the_holdout_is_not_missing_in_it(tmp_path):
    before = lines(DAYS[:24]) + "".join(
        line for line in lines(DAYS[24:]).splitlines(True)[1:] if "South" not in line
    )
    rows = [line for line in lines(LATER).splitlines(True) if "South" not in line]
    assert "branch-missing-in-holdout" not in heard(tmp_path, {"a.csv": before}, "".join(rows))


def test_a_holdout_of_a_quarter_of_the_customers_holds_few_orders(tmp_path):
    alarm = heard(tmp_path, {"a.csv": lines()}, lines(LATER, customers=10))
    assert "has 30 orders after 2024-12-05 and up to 2025-06-05" in (
        alarm["few-orders-in-holdout"].sentence
    )
    assert alarm["few-orders-in-holdout"].level == "warning"


def test_a_holdout_of_half_of_the_customers_is_a_quiet_season(tmp_path):
    assert "few-orders-in-holdout" not in heard(
        tmp_path, {"a.csv": lines()}, lines(LATER, customers=20)
    )


def test_a_holdout_with_turned_signs_raises_an_alarm(tmp_path):
    alarm = heard(tmp_path, {"a.csv": lines()}, lines(LATER).replace(",1,", ",-1,"))
    assert alarm["mostly-negative-quantity"].sentence.startswith("in the holdout, 120 of 120")


@pytest.mark.parametrize(("from_year", "is_heard"), [(2023, True), (2025, False)])
def test_names_that_have_one_key_after_the_other_were_numbered_anew(tmp_path, from_year, is_heard):
    rows = [HEAD.replace("Customer,", "Customer,Name,")]
    for day in DAYS:
        key = "N" if day.year >= from_year else "C"
        rows += [f"{key}{n},Firm {n},{day},{day}-{n},PDM,North,1,100\n" for n in range(6)]
    (tmp_path / "log.csv").write_text("".join(rows))
    text = LAYOUT.replace("columns: {", "columns: {customer_name: Name, ")
    (tmp_path / "t.yaml").write_text(text)
    plan = layout.load(tmp_path / "t.yaml")
    names = {alarm.name for alarm in alarms.of(sales_log.read(plan, tmp_path), plan)}
    assert ("customers-numbered-anew" in names) == is_heard


def test_an_archive_that_cannot_be_read_is_an_alarm(tmp_path):
    assert "files-left-out" in heard(tmp_path, {"2023.csv": lines(), "2024.7z": "7z"})


def test_keys_that_begin_anew_in_each_branch_have_two_names(tmp_path):
    names = [f"{first}{last}" for first in ("Alder", "Brick", "Cedar") for last in "ABCD"]
    rows = [
        f"{number % 6 + 1},{name} GmbH,{day},{day}-{number},PDM,{number // 6},1,{100 + number}"
        for day in DAYS
        for number, name in enumerate(names)
    ]
    text = HEAD.replace("Customer,", "Customer,Name,") + "\n".join(rows)
    (tmp_path / "s.csv").write_text(text)
    plan = layout.parse(LAYOUT.replace("columns: {", "columns: {customer_name: Name, "))
    raised = {alarm.name: alarm for alarm in alarms.of(sales_log.read(plan, tmp_path), plan)}
    assert raised["one-key-two-names"].count == 6


def test_months_whose_sales_are_booked_as_negative_are_told(tmp_path):
    older = lines(DAYS[:12], amount=lambda customer, day, branch: -200)
    raised = heard(tmp_path, {"a.csv": older, "b.csv": lines(DAYS[12:])})
    assert raised["signs-turned"].level == "failed"
    assert "12 of 36 months, 2022-01 to 2022-12" in raised["signs-turned"].sentence


def test_a_file_of_returns_beside_the_sales_of_its_months_is_none_of_another_sign(tmp_path):
    returns = lines(DAYS[3:12], amount=lambda customer, day, branch: -60, customers=10)
    assert "signs-turned" not in heard(tmp_path, {"a.csv": lines(), "b.csv": returns})


def test_a_holdout_whose_sales_are_booked_as_negative_is_told(tmp_path):
    later = lines(DAYS[30:], amount=lambda customer, day, branch: -200)
    raised = heard(tmp_path, {"a.csv": lines(DAYS[:30])}, later)
    assert raised["signs-turned"].level == "failed"
    assert "6 of 36 months, 2024-07 to 2024-12" in raised["signs-turned"].sentence
