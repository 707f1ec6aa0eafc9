"""Reasons: each speaks for its offer, is a fact up to the cutoff, and reads as a sentence."""

import re
from datetime import date

import polars as pl
import pytest
from sales_rows import random_sales, sales_rows

from gosales_lib.core.columns import ACCOUNTS, ASSETS
from gosales_lib.core.timeline import Window, to_day
from gosales_lib.whitespace import icp, reasons
from gosales_lib.whitespace.facts import account, bought, group, profile, season, words
from gosales_lib.whitespace.facts.words import FACTS

WINDOW = Window(date(2024, 12, 31), 6)
OFFER = {
    "customer_id": pl.String,
    "division": pl.String,
    "motion": pl.String,
    "similarity": pl.Float64,
    "last_bought": pl.Date,
    "due_date": pl.Date,
    "cutoff_date": pl.Date,
    "reason_1": pl.String,
    "reason_2": pl.String,
    "reason_3": pl.String,
    "opener": pl.String,
}


def offers(*rows):
    return pl.DataFrame([dict(zip(OFFER, row, strict=False)) for row in rows], schema=OFFER)


def everybody(shared=16, alone=16):
    """Sixteen who bought A and then B, sixteen who bought C alone, and the customer with A."""
    rows = [("x", "2022-03-05", "A", "a", 5, 1), ("x", "2024-12-02", "A", "a", 5, 1)]
    for n in range(shared):
        rows += [
            (f"s{n}", "2023-01-01", "A", "a", 5, 1),
            (f"s{n}", "2023-05-01", "B", "b", 5, 1),
        ]
    rows += [(f"c{n}", "2023-01-01", "C", "c", 5, 1) for n in range(alone)]
    return sales_rows(*rows)


def test_a_reason_of_owned_products_has_shares_and_dates():
    owned = bought.firsts(everybody(), WINDOW.cutoff)
    told = bought.owned(offers(("x", "B", "cross-sell")), owned)
    assert told["reason"].to_list() == [
        "You have bought A since March 2022; 94% of the customers who buy A also buy B, compared "
        "with 48% of all customers."
    ]
    assert told["opener"].to_list() == [
        "You have been buying A from us since March 2022, and about 9 in 10 A customers also buy "
        "B; may I show you what it could do for you?"
    ]
    assert bought.owned(offers(("x", "C", "cross-sell")), owned).is_empty()  # nobody has both


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("2022-03-05", 1)], "You bought A in March 2022;"),
        ([("2024-03-05", 1), ("2024-03-20", 1)], "You bought A in March 2024;"),
        ([("2022-03-05", 1), ("2024-12-02", 1)], "You have bought A since March 2022;"),
        (
            [("2022-03-05", 1), ("2023-04-02", 1)],  # lapsed: 18 months end on 2023-06-30
            "You bought A between March 2022 and April 2023;",
        ),
        ([("2024-03-05", 2), ("2024-04-02", -1)], "You bought A in March 2024;"),
        ([("2024-03-05", 2), ("2024-04-02", -2)], None),  # sent back: not to be named
    ],
)
def test_what_a_customer_bought_is_told_as_it_was(rows, said):
    mine = [("x", day, "A", "a", quantity, quantity) for day, quantity in rows]
    others = everybody().filter(pl.col("customer_id") != "x")
    sales = pl.concat([sales_rows(*mine), others])
    told = bought.owned(
        offers(("x", "B", "cross-sell")), bought.firsts(sales, WINDOW.cutoff, lapsed_months=18)
    )
    assert [text.split(";")[0] + ";" for text in told["reason"]] == [said] * (said is not None)
    assert [text.startswith("You have been") for text in told["opener"]] == (
        [" since " in said] if said else []
    )


def test_units_and_size_are_net_of_returns():
    rows = [("x", f"2023-{m:02}-01", "A", "a", 4, 4) for m in (2, 5, 8)]
    rows += [("x", f"2024-{m:02}-01", "A", "a", 5, 5) for m in (2, 5, 8)]
    rows += [("x", "2024-09-01", "A", "a", -2, -2), ("y", "2024-09-01", "A", "a", -9, -9)]
    rows += [(f"z{n}", "2024-09-01", "A", "a", 13.5, 1) for n in range(3)]
    told = account.account(sales_rows(*rows), WINDOW.cutoff).filter(customer_id="x")
    assert told.select("units", "units_before", "gp", "top").rows() == [(13.0, 12.0, 13.0, 1.0)]
    sold = account.of_customers(offers(("x", "B", "cross-sell")), sales_rows(*rows), WINDOW)
    assert "growth" not in sold["kind"].to_list()  # 15 units sold would be 25% more


def test_a_reason_of_next_purchases_has_counts_and_times_and_names_only_if_allowed(monkeypatch):
    owned = bought.firsts(everybody(), WINDOW.cutoff)
    one = offers(("x", "B", "cross-sell"))
    sentence = (
        "16 customers who, like you, had bought A went on to buy B, half of them within 4 months."
    )
    table = bought.next_bought(owned)
    assert table.select("other", "followers", "gap").rows() == [("A", 16, 120.0)]
    assert bought.followed(one, owned, WINDOW.cutoff).is_empty()  # its rate is the usual one
    high = table.with_columns(usual=pl.lit(0.2), longest=pl.lit(1100.0))
    monkeypatch.setattr(bought, "next_bought", lambda _: high)
    assert bought.followed(one, owned, WINDOW.cutoff)["reason"].to_list() == [sentence]
    names = pl.DataFrame({"customer_id": ["s9"], "customer_name": ["Acme"]})
    named = bought.followed(one, owned, WINDOW.cutoff, names)["reason"].item()
    assert "went on to buy B, most recently Acme, half of them" in named
    late = high.with_columns(longest=pl.lit(900.0))  # x has had A for 1,032 days
    monkeypatch.setattr(bought, "next_bought", lambda _: late)
    assert bought.followed(one, owned, WINDOW.cutoff).is_empty()


def test_a_share_below_the_division_s_average_is_no_reason():
    owned = bought.firsts(everybody(), WINDOW.cutoff)
    told = bought.similar(
        offers(("x", "B", "cross-sell", 0.47), ("x", "C", "cross-sell", 0.9)), owned
    )
    assert told["reason"].to_list() == [
        "90% of the customers most like you buy C, compared with 48% of all customers."
    ]


@pytest.mark.parametrize(
    ("motion", "last", "due", "reason"),
    [
        (
            "renewal",
            date(2024, 11, 30),
            date(2025, 2, 1),
            "You have bought A since March 2022, about every 2 months; the next order is due in "
            "February 2025.",
        ),
        (
            "renewal",
            date(2024, 9, 1),
            date(2024, 11, 1),
            "You have bought A since March 2022, about every 2 months; the next order was due in "
            "November 2024.",
        ),
        ("win-back", date(2022, 3, 5), None, "You bought A twice, most recently in March 2022."),
        (
            "up-sell",
            date(2024, 12, 2),
            None,
            "You have bought A twice, most recently in December 2024.",
        ),
    ],
)
def test_a_reason_for_an_owner_names_what_they_own(motion, last, due, reason):
    owned = bought.firsts(everybody(), WINDOW.cutoff)
    told = account.of_owners(offers(("x", "A", motion, None, last, due, WINDOW.cutoff)), owned)
    assert told["reason"].to_list() == [reason]


def test_only_what_ends_within_the_window_and_was_known_is_said_to_end():
    day = to_day("2025-03-31")
    rows = [
        ("x", "A", "Seat", 1.0, to_day("2024-04-01"), day),
        ("x", "B", "Later", 1.0, to_day("2025-01-01"), day),  # not known on the cutoff
        ("x", "C", "Over", 1.0, to_day("2023-01-01"), to_day("2024-12-31")),
    ]
    installed = pl.DataFrame(rows, schema=ASSETS, orient="row")
    every = offers(*[("x", name, "renewal") for name in "ABC"])
    told = account.expiring(every, installed, WINDOW)
    assert told["reason"].to_list() == ["Your Seat ends on 31 March 2025."]


def test_growth_rhythm_and_size_are_of_rows_up_to_the_cutoff():
    rows = [("x", f"2023-{m:02}-01", "A", "a", 1, 1) for m in (2, 5, 8)]
    rows += [("x", f"2024-{m:02}-01", "A", "a", 9, 2) for m in (2, 5, 8, 11)]
    rows += [("x", "2025-01-01", "A", "a", 9, 99)]
    rows += [(f"y{n}", "2020-01-01", "A", "a", 1, 1) for n in range(9)]
    told = account.of_customers(offers(("x", "B", "cross-sell")), sales_rows(*rows), WINDOW)
    assert dict(told.select("kind", "reason").iter_rows()) == {
        "growth": "Your orders with us are growing: 8 units in the last 12 months, after 3 in the "
        "year before.",
        "size": "You are among the largest 10% of our customers over the last 12 months.",
        "rhythm": "You order from us about every 3 months, most recently on 1 November 2024.",
        "customer": "You have been our customer since February 2023 and have not bought B yet.",
    }


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (("2024-08-02", "2024-10-01", "2024-12-01"), True),
        (("2022-12-01", "2023-12-01", "2024-12-01"), False),  # the next one after the window
        (("2024-10-20", "2024-10-27", "2024-11-03"), False),  # eight weeks late
    ],
)
def test_a_rhythm_is_a_reason_only_if_the_next_order_is_expected_in_the_window(days, kept):
    rows = [("x", day, "A", "a", 1, 1) for day in days]
    told = account.of_customers(offers(("x", "B", "cross-sell")), sales_rows(*rows), WINDOW)
    assert ("rhythm" in told["kind"].to_list()) == kept


def test_a_division_that_most_customers_buy_says_so_to_those_who_do_not():
    told = account.of_customers(
        offers(("x", "B", "cross-sell"), ("x", "C", "cross-sell")), everybody(40, 16), WINDOW
    )
    assert told.filter(kind="popular").select("division", "reason").rows() == [
        ("B", "70% of our customers buy B, and you do not yet.")
    ]


def test_the_season_of_a_division_is_a_reason_while_it_lies_ahead():
    rows = [(f"a{n}", f"2024-0{1 + n % 6}-15", "Sun", "s", 1, 1) for n in range(60)]
    rows += [(f"b{n}", f"2024-{1 + n % 12:02}-15", "Plain", "p", 1, 1) for n in range(120)]
    rows += [(f"c{n}", "2024-11-15", "Few", "f", 1, 1) for n in range(3)]
    sales = sales_rows(("z", "2023-12-20", "Plain", "p", 1, 1), *rows)
    told = season.ahead(
        offers(("x", "Sun", "cross-sell"), ("x", "Plain", "cross-sell")), sales, WINDOW
    )
    assert told["reason"].to_list() == [
        "January to June is the season of Sun: 100% of the past year's orders of it fell into "
        "these months, compared with 66% of all orders."
    ]
    short = sales.filter(pl.col("order_date") > date(2024, 1, 20))  # not a whole year
    assert season.of_divisions(short, WINDOW).is_empty()
    assert season.of_divisions(sales.clear(), WINDOW).is_empty()


@pytest.mark.parametrize("motion", ["renewal", "up-sell", "win-back"])
def test_no_reason_suggests_to_start_with_an_owned_division(motion):
    owned = bought.firsts(everybody(), WINDOW.cutoff)
    one = offers(("x", "B", motion, 0.99))
    row = ("x", "B", "attribute", "attribute__Industry", "Industry: Steel", 2.0)
    traits = pl.DataFrame([row], schema=icp.SPEAKING, orient="row")
    assert profile.shared(one, traits).is_empty()
    assert bought.followed(one, owned, WINDOW.cutoff).is_empty()
    others = pl.concat([bought.owned(one, owned), bought.similar(one, owned)])
    assert others.height == (2 if motion == "win-back" else 0)


def test_a_trait_is_named_by_its_meaning_and_each_kind_once():
    rows = [
        ("x", "B", "attribute", "attribute__Industry", "Industry: Steel", 2.04),
        ("x", "B", "attribute", "attribute__Region", "Region: North", 1.5),
        ("x", "B", "behaviour", "gp_12m", "gross profit in 12 months: above 5", 1.8),
        ("x", "B", "behaviour", "products_12m", "different products: above 5", 1.7),
        ("x", "B", "behaviour", "gp_12m", "gross profit in 12 months: up to 2", 1.9),
        ("x", "B", "behaviour", "orders_12m", "orders in 12 months: 3 to 4", 1.9),
    ]
    traits = pl.DataFrame(rows, schema=icp.SPEAKING, orient="row")
    told = profile.shared(offers(("x", "B", "cross-sell")), traits)
    assert dict(told.select("kind", "reason").iter_rows()) == {
        "company": "Companies like yours (Industry: Steel) are twice as likely as the average "
        "customer to start buying B.",
        "habit": "You buy more than most of our customers, and customers like that are 1.8 times "
        "as likely as the average customer to start buying B.",
    }


def test_facts_that_moved_the_model_come_first_and_each_kind_once():
    rows = [
        ("x", "B", "owned", 0.5, "Owned.", "Owned?"),
        ("x", "B", "growth", 0.15, "Growth.", "Growth?"),
        ("x", "B", "rhythm", 0.05, "Rhythm.", "Rhythm?"),
        ("x", "B", "rhythm", 0.04, "Rhythm again.", "Rhythm?"),
        ("x", "B", "customer", 0.0, "Customer.", "Customer?"),
        ("y", "B", "customer", 0.0, "Customer.", "Customer?"),
    ]
    speaking = pl.DataFrame(rows, schema=FACTS, orient="row")
    effects = pl.DataFrame(
        [("x", "B", "trend", 0.6), ("x", "B", "recency", -0.9)], reasons.EFFECTS, orient="row"
    )
    two = offers(("x", "B", "cross-sell"), ("y", "B", "cross-sell"))
    told = reasons.beside(two, speaking, effects).select(*reasons.REASONS, "opener")
    assert told.rows() == [
        ("Growth.", "Owned.", "Rhythm.", "Owned?"),
        ("Customer.", None, None, "Customer?"),
    ]


SENTENCE = re.compile(r"[A-Z0-9][^\n_{}<>]*[^ ,;.]\.")
WRONG = re.compile(
    r"\b(None|null|nan|inf|flag\w*|flagged|signal|feature|SHAP)\b|  |\b1 (months|weeks|days|units)"
    r"\b|\b0%|-\d|\bevery 1 |\.\.|  | ,| ;|\bdivisions?\b|\btake up\b|\bon \d+ days\b"
    r"|\b(\d+ times|twice) as often\b|\bcutoff\b|\d{4,} units|\bscored?\b|\baverage of\b"
)
"""What no customer understands: words of the model, of the firm, and numbers that read wrongly."""
NUMBERS = re.compile(r"\d[\d,.]*")


def generated():
    """Return the ranked offers of a random log with their reasons."""
    sales = random_sales(lines=3000, customers=150)
    people = sales["customer_id"].unique().sort()
    every = people.to_frame().join(pl.DataFrame({"division": ["Solid", "Sim", "CAM"]}), how="cross")
    owned = bought.firsts(sales, WINDOW.cutoff)
    rows = every.join(owned, ["customer_id", "division"], "left").with_columns(
        motion=pl.when(pl.col("days").is_null())
        .then(pl.lit("cross-sell"))
        .when(pl.col("days") % 3 == 0)
        .then(pl.lit("renewal"))
        .when(pl.col("days") % 3 == 1)
        .then(pl.lit("up-sell"))
        .otherwise(pl.lit("win-back")),
        similarity=pl.col("customer_id").str.slice(1).cast(pl.Int32) % 10 / 10,
        last_bought=pl.lit(date(2024, 9, 1)),
        due_date=pl.lit(date(2025, 2, 1)),
        cutoff_date=pl.lit(WINDOW.cutoff),
    )
    empty = [pl.lit(None, pl.String).alias(c) for c in (*reasons.REASONS, "opener")]
    ranked = rows.with_columns(empty).select(*OFFER).cast(pl.Schema(OFFER))
    several = [("attribute", "attribute__Size", "Employees: above 137", 2.0)]
    several += [("behaviour", "orders_12m", "orders: above 5", 1.6)]
    several += [("behaviour", "divisions_all", "divisions: above 2", 1.4)]
    named = pl.DataFrame(several, ["kind", "source", "trait", "lift"], orient="row")
    traits = every.head(300).join(named, how="cross").select(*icp.SPEAKING)
    given = {"traits": traits, "assets": pl.DataFrame(schema=ASSETS)}
    given |= {"accounts": pl.DataFrame(schema=ACCOUNTS)}
    return ranked, sales, given


def with_reasons(ranked, sales, given):
    speaking = reasons.of_offers(ranked, sales, WINDOW, **given)
    return reasons.beside(ranked, speaking, pl.DataFrame(schema=reasons.EFFECTS))


def test_two_hundred_reasons_read_as_sentences_and_speak_for_the_offer():
    told = with_reasons(*generated())
    texts = pl.concat([told[c] for c in reasons.REASONS]).drop_nulls().to_list()
    assert len(texts) >= 200
    for text in texts:
        assert SENTENCE.fullmatch(text), text
        assert not WRONG.search(text), text
        if shares := re.search(r"(\d+)% of .* compared with (\d+)% of all", text):
            assert int(shares[1]) > int(shares[2]), text
    for row in told.select(reasons.REASONS).iter_rows():
        given = [text for text in row if text]
        frames = [NUMBERS.sub("", text) for text in given]
        assert len(frames) == len(set(frames)), given  # not one sentence with other numbers
    for opener in told["opener"]:
        assert re.fullmatch(r"[A-Z][^\n_{}<>]*[?.]", opener), opener
        assert not WRONG.search(opener), opener


def test_rows_after_the_cutoff_change_no_reason():
    ranked, sales, given = generated()
    later = pl.col("order_day") > WINDOW.cutoff_day
    poisoned = sales.with_columns(
        pl.when(later).then(pl.lit("CAM")).otherwise("division").alias("division"),
        pl.when(later).then(999.0).otherwise("quantity").alias("quantity"),
    )
    told = with_reasons(ranked, sales, given)
    assert with_reasons(ranked, poisoned, given).equals(told)


def test_what_the_group_owns_is_a_reason_and_named_only_where_allowed():
    rows = [("child", "Sim", "cross-sell"), ("child", "CAM", "cross-sell")]
    offers = pl.DataFrame(rows, ["customer_id", "division", "motion"], orient="row")
    accounts = pl.DataFrame(
        {"id": ["child", "twin"], "customer_id": ["child", "twin"], "parent": ["top", "top"]},
        ACCOUNTS,
    )
    owned = pl.DataFrame(
        {
            "customer_id": ["top", "twin", "twin", "stranger"],
            "division": ["Sim", "Sim", "CAM", "CAM"],
            "first_day": [19_000, 18_000, 19_500, 1],
            "last_day": [19_900, 18_900, 19_500, 1],
            "active": [True, False, False, False],
            "kept": True,
        }
    )
    found = group.owned(offers, owned, accounts)
    assert dict(found.select("division", "reason").iter_rows()) == {
        "Sim": "Your group already owns Sim: your parent company has bought it since January 2022.",
        "CAM": "Your group already owns CAM: a company of the group bought it in May 2023.",
    }
    names = pl.DataFrame({"customer_id": ["top"], "customer_name": ["Acme"]})
    named = group.owned(offers, owned, accounts, names)
    assert "your parent company, Acme, has bought it" in named.sort("division")["reason"][1]


def test_a_general_fact_is_a_reason_only_without_a_specific_one():
    rows = [
        ("a", "D", "customer", 0.0, "Since.", "o"),
        ("a", "D", "owned", 0.3, "Owns.", "o"),
        ("a", "D", "popular", 0.2, "Popular.", "o"),
        ("b", "D", "customer", 0.0, "Since.", "o"),
        ("c", "D", "customer", 0.0, "Since.", "o"),
        ("c", "D", "popular", 0.2, "Popular.", "o"),
        ("c", "D", "growth", 0.15, "Grows.", "o"),
    ]
    speaking = pl.DataFrame(rows, FACTS, orient="row")
    nothing = [pl.lit(None, pl.String).alias(c) for c in (*reasons.REASONS, "opener")]
    ranked = pl.DataFrame({"customer_id": ["a", "b", "c"], "division": "D"}).with_columns(nothing)
    told = reasons.beside(ranked, speaking, pl.DataFrame(schema=reasons.EFFECTS))
    assert told.select(reasons.REASONS).rows() == [
        ("Owns.", None, None),
        ("Since.", None, None),
        ("Popular.", "Grows.", None),
    ]


def test_a_trait_reads_as_people_say_it():
    said = {
        "Employees: above 137": "Employees above 137",
        "Employees: 50 to 137": "Employees 50 to 137",
        "Business type: Shop": "Business type: Shop",
        "Business type: Value Added Reseller": "Value Added Reseller",
        "Country: United Kingdom": "United Kingdom",
        "Key account: true": "Key account: true",
    }
    traits = pl.DataFrame({"t": list(said)})
    assert traits.select(words.plain("t"))["t"].to_list() == list(said.values())
