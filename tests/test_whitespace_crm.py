"""Open deals and recent contacts: what is open or was contacted lately is not offered."""

import sqlite3
from datetime import date

import polars as pl
import pytest

from gosales_lib.core import settings
from gosales_lib.core.columns import ACCOUNTS
from gosales_lib.layout import Layout
from gosales_lib.whitespace import crm, exclusions, rules

NOBODY = pl.DataFrame(schema=ACCOUNTS)
LAYOUT = Layout.model_validate(
    {
        "name": "toy",
        "shape": "long",
        "columns": {"customer_id": "c", "order_date": "d", "invoice": "i", "product": "x"}
        | {"quantity": "n", "gross_profit": "g"},
        "divisions": {"A": ["p"], "B": ["q"]},
    }
)
CUSTOMERS = pl.DataFrame({"customer_id": ["a", "b", "c"]})
CELLS = pl.DataFrame(
    [("a", "A", "whitespace"), ("a", "B", "active"), ("b", "A", "whitespace")],
    ["customer_id", "division", "state"],
    orient="row",
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    return tmp_path


def test_an_open_deal_opens_its_division_or_product_or_all(place):
    text = "customer_id,division,product,stage\na,a,,\nb,,q,Proposal\nb,A,,Closed Lost\nc,,,new\n"
    (place / "deals.csv").write_text(text)
    going = crm.deals("deals.csv", LAYOUT, CUSTOMERS, NOBODY)
    assert going.select("customer_id", "division").rows() == [("a", "A"), ("b", "B"), ("c", None)]
    told = crm.opened(CELLS, going)
    assert told["state"].to_list() == ["open", "active", "whitespace"]
    all_of_a = pl.DataFrame(
        {"customer_id": ["a"], "division": [None]}, going.select(crm.KEYS).schema
    )
    assert crm.opened(CELLS, all_of_a)["state"].to_list() == ["open", "open", "whitespace"]
    assert crm.opened(CELLS, crm.deals("", LAYOUT, CUSTOMERS, NOBODY)).equals(CELLS)


@pytest.mark.parametrize(
    ("stage", "is_open"),
    [("Gewonnen", False), ("Perdu", False), ("Storniert", False), ("Abgeschlossen", False),
     ("5 - Closed", False), ("실주", False), ("مغلقة خاسرة", False), ("Guanyada", False),
     ("Verhandlung", True), ("not won yet", True), ("Order", True)],
)  # fmt: skip
def test_a_deal_that_is_over_is_known_in_other_languages(place, stage, is_open):
    (place / "deals.csv").write_text(f"customer_id,division,stage\na,A,{stage}\n")
    assert crm.deals("deals.csv", LAYOUT, CUSTOMERS, NOBODY).height == is_open


def test_the_log_tells_the_division_of_a_product_that_the_layout_does_not_list(place):
    columns = LAYOUT.columns.model_copy(update={"division": "v"})
    layout = LAYOUT.model_copy(update={"columns": columns})
    (place / "deals.csv").write_text("customer_id,product\na,chair\n")
    rule, sales = rules.Rules(open_deals="deals.csv"), {"product": ["chair"], "division": ["A"]}
    crm.refuse_unreadable(rule, layout)  # before the log is read, nobody knows its products
    everybody = CUSTOMERS.with_columns(branch=pl.lit("b"), rep=pl.lit("r"))
    _, going = crm.read(rule, layout, everybody, NOBODY, pl.DataFrame(sales))
    assert going.select("customer_id", "division").rows() == [("a", "A")]
    (place / "deals.csv").write_text("customer_id,product\na,chairs\n")
    with pytest.raises(ValueError, match="product 'chairs' is in no division"):
        crm.read(rule, layout, everybody, NOBODY, pl.DataFrame(sales))


def test_an_exclusion_until_the_end_of_time_has_no_end(place):
    (place / "x.csv").write_text("customer_id,until\na,9999-12-31\nb,\n")
    held = crm.barred(rules.Rules(exclusions="x.csv"), LAYOUT, CUSTOMERS, NOBODY)
    assert held["until"].to_list() == [None, None]


def test_columns_of_lists_may_be_written_as_people_write_them(place):
    (place / "x.csv").write_text("Customer ID,Division,Reason,Until\na,A,no,2099-12-31\n")
    held = crm.barred(rules.Rules(exclusions="x.csv"), LAYOUT, CUSTOMERS, NOBODY)
    assert held.rows() == [("a", "A", "no", date(2099, 12, 31))]


def test_divisions_of_lists_and_of_the_log_have_one_form_of_unicode(place):
    shaped = LAYOUT.model_copy(update={"division_map": {"Kra\u0304sas": ["ka\u0304"]}})
    assert shaped.division_of == {"k\u0101": "Kra\u0304sas"}
    (place / "x.csv").write_text("customer_id,division\na,Kr\u0101sas\n")
    held = crm.barred(rules.Rules(exclusions="x.csv"), shaped, CUSTOMERS, NOBODY)
    assert held["division"].to_list() == ["Kra\u0304sas"]


def test_days_of_lists_are_written_as_in_the_log(place):
    layout = LAYOUT.model_copy(update={"date_format": "%d.%m.%Y"})
    (place / "x.csv").write_text("customer_id;until\na;31.12.2099\nb;2099-12-30\n")
    (place / "c.csv").write_text("customer_id;date\nc;02.03.2024\n")
    (place / "d.csv").write_text("customer_id;date\na;02.03.2024\n")
    rule = rules.Rules(exclusions="x.csv", contacts="c.csv", contact_cooldown_days=1)
    held = crm.barred(rule, layout, CUSTOMERS, NOBODY)
    assert held["until"].to_list() == [date(2099, 12, 31), date(2099, 12, 30), date(2024, 3, 3)]
    assert crm.deals("d.csv", layout, CUSTOMERS, NOBODY)["date"].to_list() == [date(2024, 3, 2)]
    (place / "x.csv").write_text("customer_id;until\na;12/31/2099\n")
    with pytest.raises(ValueError, match=r"'12/31/2099' is not a date like 2024-12-31 or %d.%m.%Y"):
        crm.barred(rule, layout, CUSTOMERS, NOBODY)


def test_pairs_with_an_open_deal_are_counted_as_open():
    told = CELLS.with_columns(
        state=pl.lit("open"),
        motion=pl.lit("cross-sell"),
        probability=pl.lit(0.5),
        expected_gp=pl.lit(1.0),
    )
    sales = pl.DataFrame(
        schema={"customer_id": pl.String, "order_day": pl.Int32, "quantity": pl.Float64}
    )
    nobody = pl.DataFrame(schema=exclusions.EXCLUDED)
    known = {"silent": [], "excluded": nobody, "sales": sales, "cutoff": date(2024, 12, 31)}
    judged = rules.judge(told, rules.Rules(), **known)
    assert set(judged["cut_by"]) == {"open deal"}


def test_no_offer_is_made_for_some_days_after_a_contact(place):
    (place / "contacts.csv").write_text("customer_id,date\na,2024-12-20\nb,2024-11-01\n")
    rule = rules.Rules(contacts="contacts.csv", contact_cooldown_days=30)
    held = exclusions.still_held(crm.barred(rule, LAYOUT, CUSTOMERS, NOBODY), date(2024, 12, 31))
    assert held.select("customer_id", "reason", "until").rows() == [
        ("a", "contacted", date(2025, 1, 19))
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("customer,division\na,A\n", "no customer_id; .*; the list has 'customer', 'division'"),
        ("customer_id,value\na,1\n", "deals.csv: value; columns are"),
        ("customer_id,division\na,Z\n", "division 'Z' is unknown"),
        ("customer_id,product\na,zzz\n", "product 'zzz' is in no division"),
        ("customer_id,date\na,soon\n", "date 'soon' is not a date"),
    ],
)
def test_a_wrong_file_of_deals_is_refused(place, text, words):
    (place / "deals.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        crm.deals("deals.csv", LAYOUT, CUSTOMERS, NOBODY)
    with pytest.raises(FileNotFoundError, match=r"open_deals none\.csv does not exist"):
        crm.deals("none.csv", LAYOUT, CUSTOMERS, NOBODY)


def test_lists_name_merged_ids_and_come_from_the_database_as_well(place, monkeypatch):
    merged = pl.DataFrame({"id": ["old"], "customer_id": ["a"], "parent": [None]}, ACCOUNTS)
    (place / "deals.csv").write_text("customer_id,stage\nold,Proposal\n")
    assert crm.deals("deals.csv", LAYOUT, CUSTOMERS, merged)["customer_id"].to_list() == ["a"]
    file = place / "crm.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE stop (customer_id TEXT, until TEXT)")
        connection.execute("INSERT INTO stop VALUES ('old', '2025-03-31')")
    monkeypatch.setenv("GOSALES_SOURCE_URL", f"sqlite:///{file}")
    rule = rules.Rules.model_validate({"exclusions": {"table": "stop"}})
    held = crm.barred(rule, LAYOUT, CUSTOMERS, merged)
    assert held.select("customer_id", "until").rows() == [("a", date(2025, 3, 31))]
    with pytest.raises(ValueError, match="name either `table` or `query`"):
        rules.Rules.model_validate({"contacts": {"table": "a", "query": "b"}})


@pytest.mark.parametrize("file", ["exclusions", "contacts", "open_deals"])
def test_an_id_in_another_spelling_is_refused_or_brought_to_that_of_the_log(place, file):
    (place / "x.csv").write_text("customer_id,date\n007,2024-12-20\nnobody,2024-12-20\n")
    if file == "exclusions":
        (place / "x.csv").write_text("customer_id\n007\nnobody\n")
    rule = rules.Rules.model_validate({file: "x.csv"})
    seven = pl.DataFrame({"customer_id": ["7", "8"]})

    def ids(layout):
        going = crm.deals(rule.open_deals, layout, seven, NOBODY)
        return [*going["customer_id"], *crm.barred(rule, layout, seven, NOBODY)["customer_id"]]

    with pytest.raises(ValueError, match=r"x\.csv: customer '007' is not in the log, but '7' is"):
        ids(LAYOUT)
    assert ids(LAYOUT.model_copy(update={"keys": "alike"})) == ["7", "nobody"]
    (place / "x.csv").write_text((place / "x.csv").read_text().replace("007", "7"))
    assert ids(LAYOUT) == ["7", "nobody"]
