"""The whitespace: literal rows in, literal rows out, one section per module."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from sales_rows import sales_rows

from gosales_lib.core import settings
from gosales_lib.core.columns import SCORES, WHITESPACE
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace import (
    exclusions,
    grid,
    icp,
    odds,
    outputs,
    payoff,
    ranking,
    rules,
    value,
)

WINDOW = Window(date(2024, 12, 31), 6)


def scores(*rows):
    """Return scores from (customer, division, probability)."""
    return pl.DataFrame(
        [
            {
                "customer_id": c,
                "division": d,
                "cutoff_date": WINDOW.cutoff,
                "probability": p,
                "percentile": 50.0,
                "decile": 5,
                "purchase_type": "new to division",
                "expected_gp": 100 * p,
            }
            for c, d, p in rows
        ],
        schema=SCORES,
    )


def customers(*ids, rep="Ann", first=date(2023, 1, 1)):
    return pl.DataFrame(
        {
            "customer_id": list(ids),
            "customer_name": [f"Name {i}" for i in ids],
            "first_order_date": [first] * len(ids),
            "rep": [rep] * len(ids),
            "branch": ["North"] * len(ids),
        },
        schema_overrides={"first_order_date": pl.Date, "rep": pl.String, "branch": pl.String},
    )


def offers(*rows):
    """Return what `ranking.rank` takes from (customer, division, probability, gp if sold)."""
    return pl.DataFrame(
        [
            {
                "customer_id": c,
                "division": d,
                "cutoff_date": WINDOW.cutoff,
                "state": "whitespace",
                "motion": "cross-sell",
                "last_bought": None,
                "due_date": None,
                "probability": p,
                "expected_gp_if_sold": gp,
                "gp_source": "test",
                "affinity": 0.5,
                "similarity": 0.25,
            }
            for c, d, p, gp in rows
        ],
        schema_overrides={"last_bought": pl.Date, "due_date": pl.Date},
    )


# grid


def test_states_fall_on_the_right_side_of_the_cutoff_and_of_the_months():
    sales = sales_rows(
        ("a", "2024-12-31", "Solid", "p", 1, 1),  # on the cutoff: known
        ("b", "2025-01-01", "Solid", "p", 1, 1),  # a day later: not
        ("b", "2024-01-01", "Sim", "p", 1, 1),
        ("c", "2023-06-30", "Solid", "p", 1, 1),  # 18 months before: lapsed
        ("d", "2023-07-01", "Solid", "p", 1, 1),  # a day later: active
        ("e", "2024-05-05", "Solid", "p", -1, -1),  # a return alone is no purchase
    )
    people = pl.concat([customers(*"abcde"), customers("new", first=None)])
    scored = scores(*[(c, "Solid", 0.1) for c in "abcde"])
    cells = grid.cells(sales, people, scored, ["Solid", "Sim"], WINDOW)
    found = dict(cells.filter(division="Solid").select("customer_id", "state").iter_rows())
    assert found == {
        "a": "active",
        "b": "whitespace",
        "c": "lapsed",
        "d": "active",
        "e": "whitespace",
        "new": "not eligible",
    }
    assert grid.counts(cells).to_dicts() == [
        {
            "division": "Sim",
            "active": 1,
            "lapsed": 0,
            "whitespace": 0,
            "not eligible": 5,
            "open": 0,
        },
        {
            "division": "Solid",
            "active": 2,
            "lapsed": 1,
            "whitespace": 2,
            "not eligible": 1,
            "open": 0,
        },
    ]


def test_sales_plays_follow_state_and_rhythm():
    sales = sales_rows(
        *[("steady", f"{year}-03-01", "Solid", "p", 1, 1) for year in (2022, 2023, 2024)],
        ("wild", "2022-01-01", "Solid", "p", 1, 1),
        ("wild", "2022-01-09", "Solid", "p", 1, 1),
        ("wild", "2024-09-01", "Solid", "p", 1, 1),
        ("gone", "2022-01-01", "Solid", "p", 1, 1),
        ("other", "2022-01-01", "Sim", "p", 1, 1),
    )
    scored = scores(*[(c, "Solid", 0.1) for c in ("steady", "wild", "gone", "other")])
    cells = grid.cells(sales, customers(), scored, ["Solid"], WINDOW)
    assert dict(cells.select("customer_id", "motion").iter_rows()) == {
        "steady": "renewal",
        "wild": "up-sell",
        "gone": "win-back",
        "other": "cross-sell",
    }
    due = cells.filter(customer_id="steady")["due_date"].item()
    assert due == date(2025, 3, 2)  # gaps of 365 and 366 days: 366 after 2024-03-01


@pytest.mark.parametrize(("gap", "motion"), [(181, "renewal"), (182, "up-sell")])
def test_a_renewal_is_due_by_the_last_day_of_the_window(gap, motion):
    days = [str(WINDOW.cutoff - timedelta(days=gap * n)) for n in range(4)]
    sales = sales_rows(*[("a", day, "Solid", "p", 1, 1) for day in days])
    cells = grid.cells(sales, customers("a"), scores(("a", "Solid", 0.1)), ["Solid"], WINDOW)
    due = WINDOW.cutoff + timedelta(days=gap)
    assert cells.select("motion", "due_date").row(0) == (motion, due)
    assert (motion == "renewal") == (due <= WINDOW.end)


# value


def matrix(rows):
    """Return labels and features from (customer, cutoff, own orders, size, bought, gp)."""
    names = ["customer_id", "cutoff_date", "own_orders_all", "quantity_12m", "bought", "gp_window"]
    table = pl.DataFrame(rows, names, orient="row")
    keys = names[:2]
    return table.select(*keys, "bought", "gp_window"), table.select(*keys, *names[2:4])


def test_a_first_purchase_counts_once_and_at_its_earliest_cutoff():
    early, late = date(2024, 1, 31), date(2024, 4, 30)
    labels, features = matrix(
        [
            ("a", late, 0, 5.0, 1, 900.0),
            ("a", early, 0, 3.0, 1, 100.0),
            ("b", late, 2, 5.0, 1, 700.0),  # owned it: no first purchase
            ("c", late, 0, 5.0, 0, 0.0),  # did not buy
        ]
    )
    first = value.first_purchases(value.first_buyers(labels, features))
    assert first.rows() == [("a", 3.0, 100.0)]


def test_value_follows_size_is_drawn_to_the_mean_and_names_its_source():
    sizes = [float(n) for n in range(60)]
    profit = [100.0] * 30 + [1000.0] * 30
    first = pl.DataFrame(
        {"customer_id": [f"c{n:02d}" for n in range(60)], "size": sizes, "gp_window": profit}
    )
    now = pl.DataFrame({"customer_id": ["large", "small"], "size": [99.0, 0.0]})
    found = value.if_sold({"A": first, "B": first.head(0)}, {"A": now, "B": now})
    large, small = found.filter(division="A")["expected_gp_if_sold"]
    assert 550 < large < 1000
    assert 100 < small < 550
    assert found["gp_source"].unique().sort().to_list() == [
        "20 of 60 first purchases, by customers of like size, at today's prices",
        "no first purchase yet: the mean of all divisions",
    ]
    assert found.filter(division="B")["expected_gp_if_sold"].to_list() == [550.0, 550.0]


def test_a_division_with_few_first_purchases_is_drawn_to_the_mean_of_all_by_hand():
    """One purchase of 800 and five of the overall 300; then ten of that mean and the one itself."""
    columns = ["customer_id", "size", "gp_window"]
    one = pl.DataFrame([("a", 1.0, 800.0)], columns, orient="row")
    four = pl.DataFrame([(f"b{n}", 1.0, 175.0) for n in range(4)], columns, orient="row")
    now = pl.DataFrame({"customer_id": ["z"], "size": [9.0]})
    found = value.if_sold({"A": one, "B": four}, {"A": now, "B": now})
    mean = (800 + 5 * 300) / 6
    assert found["expected_gp_if_sold"].to_list() == pytest.approx(
        [(800 + 10 * mean) / 11, (700 + 10 * (700 + 5 * 300) / 9) / 14]
    )
    assert found["gp_if_sold_low"].null_count() == 2  # fewer than ten tell no interval


def test_value_is_capped():
    rows = [(f"c{n:03d}", date(2024, 1, 31), 0, 1.0, 1, 10.0) for n in range(200)]
    rows.append(("whale", date(2024, 1, 31), 0, 1.0, 1, 1e9))
    assert value.first_purchases(value.first_buyers(*matrix(rows)))["gp_window"].max() < 100


# odds


def test_new_customers_who_bought_less_than_predicted_get_lower_predictions():
    promised = np.full(400, 0.2)
    bought = np.r_[np.ones(20), np.zeros(380)]
    shift = odds.correction(promised, bought)
    assert odds.corrected(promised, shift)[0] == pytest.approx(0.05, abs=0.01)
    assert odds.correction([], []) == 0
    assert odds.correction(np.full(100, 0.3), np.r_[np.ones(30), np.zeros(70)]) == pytest.approx(0)


def test_a_handful_of_new_customers_hardly_moves_the_odds():
    assert -0.3 < odds.correction([0.1, 0.1], [0, 0]) < 0
    order = odds.corrected([0.1, 0.4, 0.9], -3.0)
    assert (np.diff(order) > 0).all()


# ranking


def test_the_list_is_ranked_by_expected_gross_profit_with_stable_ties():
    told = offers(("b", "A", 0.5, 100.0), ("a", "A", 0.5, 100.0), ("c", "A", 0.1, 5000.0))
    ranked = ranking.rank(told, customers(*"abc"))
    assert list(ranked.columns) == list(WHITESPACE)
    assert ranked["customer_id"].to_list() == ["c", "a", "b"]
    assert ranked["expected_gp"].to_list() == [500.0, 50.0, 50.0]
    assert ranked["customer_name"][0] == "Name c"
    assert ranked.equals(ranking.rank(told.reverse(), customers(*"cba")))
    doubtful = ranking.rank(told, customers(*"abc"), by_money=False)
    assert doubtful["customer_id"].to_list() == ["a", "b", "c"]
    assert doubtful["score"].to_list() == [0.5, 0.5, 0.1]
    equal = offers(("a", "A", 0.25, 400.0), ("b", "A", 0.5, 200.0))
    assert ranking.rank(equal, customers("a", "b"))["customer_id"].to_list() == ["b", "a"]


def test_a_blend_weighs_percentile_ranks_and_a_missing_signal_is_the_middle():
    table = pl.DataFrame(
        {"probability": [0.1, 0.2, 0.3], "affinity": [None, 1.0, 0.0]},
        schema_overrides={"affinity": pl.Float64},
    )
    table = table.with_columns(expected_gp=pl.lit(1.0), similarity=pl.lit(0.0))
    assert ranking.blend(table, {"probability": 2.0}).to_list() == pytest.approx(
        [1 / 6, 0.5, 5 / 6]
    )
    both = ranking.blend(table, {"probability": 1.0, "affinity": 1.0}).to_list()
    assert both == pytest.approx([1 / 3, 5 / 8, 13 / 24])


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"magic": 1.0}, "magic 1.0 is not a weight"),
        ({"affinity": -1.0}, "affinity -1.0"),
        ({"affinity": float("nan")}, "affinity nan"),
        ({"affinity": 0.0}, "all are 0"),
    ],
)
def test_a_wrong_weight_is_refused(weights, words):
    with pytest.raises(ValueError, match=words):
        ranking.blend(offers(("a", "A", 0.1, 1.0)), weights)


def test_grades_are_shares_of_the_list():
    letters = ranking.grades(20).to_list()
    assert "".join(letters) == "AABBBCCCCCDDDDDEEEFF"
    assert ranking.grades(0).to_list() == []


def test_coverage_counts_what_is_known():
    told = offers(("a", "A", 0.1, 1.0), ("b", "A", 0.1, 1.0))
    told = told.with_columns(affinity=pl.Series([None, 1.0]))
    found = {
        r["signal"]: r["share"]
        for r in ranking.coverage(ranking.rank(told, customers("a"))).rows(named=True)
    }
    assert (found["affinity"], found["probability"], found["reason_1"]) == (0.5, 1.0, 0.0)


# rules


def grid_of(*rows):
    """Return cells from (customer, division, motion, probability)."""
    names = ["customer_id", "division", "motion", "probability"]
    table = pl.DataFrame(rows, names, orient="row", schema_overrides={"motion": pl.String})
    return table.with_columns(expected_gp=100 * pl.col("probability"))


SALES = sales_rows(("hot", "2024-12-20", "B", "p", 1, 1), ("cold", "2024-01-01", "B", "p", 1, 1))
CELLS = grid_of(
    ("hot", "A", "cross-sell", 0.9),
    ("cold", "A", "cross-sell", 0.5),
    ("cold", "Noise", "cross-sell", 0.5),
    ("cold", "B", "up-sell", 0.9),
    ("low", "A", "cross-sell", 0.01),
    ("never", "A", None, None),
    ("barred", "A", "cross-sell", 0.5),
    ("barred here", "A", "cross-sell", 0.5),
    ("once barred", "A", "cross-sell", 0.5),
)
EXCLUDED = pl.DataFrame(
    [
        ("barred", None, "do not contact", None),
        ("barred here", "A", "open opportunity", date(2025, 1, 1)),
        ("barred here", "B", "open opportunity", None),
        ("once barred", None, "complaint", date(2024, 12, 31)),
    ],
    exclusions.EXCLUDED,
    orient="row",
)


def test_every_rule_says_what_it_cut():
    rule = rules.Rules(cooldown_days=30, min_probability=0.05)
    kept, cuts = rules.outcome(
        rules.judge(
            CELLS, rule, silent=["Noise"], excluded=EXCLUDED, sales=SALES, cutoff=WINDOW.cutoff
        )
    )
    assert kept["customer_id"].to_list() == ["cold", "once barred"]
    assert kept.columns == CELLS.columns
    assert dict(cuts.select("rule", "cut").iter_rows()) == {
        "cells of the grid": 0,
        "open deal": 0,
        "not eligible": 1,
        "other sales play": 1,
        "left out": 0,
        "no signal": 1,
        "excluded": 2,
        "cooldown": 1,
        "below minimum probability": 1,
        "below minimum expected gross profit": 0,
        "not worth a contact": 0,
    }
    assert cuts["left"].to_list()[0] - cuts["cut"].sum() == kept.height


@pytest.mark.parametrize(("by_money", "cut"), [(True, 2), (False, 0)])
def test_money_that_earlier_windows_refute_removes_no_offer(by_money, cut):
    rule = rules.Rules(min_expected_gp=1.0, cost_per_contact=5.0)
    poor = CELLS.with_columns(expected_gp=pl.Series([-1.0, 3.0] + [9.0] * (CELLS.height - 2)))
    given = {"silent": [], "excluded": EXCLUDED.clear(), "sales": SALES, "cutoff": WINDOW.cutoff}
    _, table = rules.outcome(rules.judge(poor, rule, by_money=by_money, **given))
    cuts = dict(table.select("rule", "cut").iter_rows())
    of_money = ("below minimum expected gross profit", "not worth a contact")
    assert sum(cuts[name] for name in of_money) == cut


@pytest.mark.parametrize(
    ("trusted", "limits", "said"),
    [
        (False, {"cost_per_contact": 40.0, "min_expected_gp": None}, "removed by cost_per_contact"),
        (False, {"cost_per_contact": 0.0, "min_expected_gp": None}, ""),
        (True, {"cost_per_contact": 40.0, "min_expected_gp": 9.0}, ""),
    ],
)
def test_the_sentence_says_that_rules_on_money_had_no_money(trusted, limits, said):
    figures = {"values": {"trusted": trusted}, "expected_gp_top_n": 9.0, "offers": 3, "top_n": 2}
    figures |= {"expected_buyers_top_n": 1.0, "reps": [], "no_signal": []}
    text = outputs.sentence(figures | {"settings": {"mode": "overall", "rules": limits}})
    assert ("No profit is given, so no offer was" in text) == bool(said) and said in text


def test_a_list_without_an_offer_says_only_what_removed_them():
    cuts = [{"rule": "cells of the grid", "cut": 0}, {"rule": "excluded", "cut": 1145}]
    figures = {"offers": 0, "cuts": cuts}
    assert outputs.sentence(figures) == "No offer is left; removed by rule: excluded 1,145."


def test_a_division_is_left_out_by_its_right_name():
    given = {"silent": [], "excluded": EXCLUDED, "sales": SALES, "cutoff": WINDOW.cutoff}
    kept, _ = rules.outcome(rules.judge(CELLS, rules.Rules(leave_out=["A"]), **given))
    assert set(kept["division"]) == {"Noise"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"leave_out": ["Noize"]}, "leave_out: division 'Noize' is unknown; did you mean 'Noise'"),
        ({"quotas": {"branch": {"Nort": 5}}}, "quotas: branch 'Nort' is unknown; did you mean"),
        ({"quotas": {"rep": {"ann": 5}}}, "quotas: rep 'ann' is unknown; did you mean 'Ann'"),
        ({"quotas": {"division": {"X": 5}}}, "quotas: division 'X' is unknown"),
    ],
)
def test_a_rule_that_names_nobody_is_refused(rule, words):
    people = pl.DataFrame({"branch": ["North", None], "rep": ["Ann", "Bob"]})
    with pytest.raises(ValueError, match=words):
        rules.refuse_unknown(rules.Rules.model_validate(rule), ["Noise", "A"], people)
    right = {"leave_out": ["A"], "quotas": {"branch": {"North": 1}, "rep": {"Bob": 0}}}
    rules.refuse_unknown(rules.Rules.model_validate(right), ["Noise", "A"], people)


def test_a_cooldown_of_days_counts_back_from_the_cutoff():
    sales = sales_rows(("a", "2024-12-02", "B", "p", 1, 1), ("b", "2024-12-01", "B", "p", 1, 1))
    assert rules.bought_lately(sales, WINDOW.cutoff, 30).to_list() == ["a"]
    assert rules.bought_lately(sales, WINDOW.cutoff, 0).to_list() == []


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "resolve", lambda path: tmp_path / path)
    return tmp_path


def test_an_exclusion_file_is_read_whole(place):
    text = "customer_id,division,reason,until\n007,,DNC,\n 8 ,A,open,2025-03-01\n"
    (place / "x.csv").write_text(text)
    assert exclusions.read("x.csv", ["A"]).rows() == [
        ("007", None, "DNC", None),
        ("8", "A", "open", date(2025, 3, 1)),
    ]
    assert exclusions.read("", ["A"]).is_empty()


def test_an_exclusion_names_a_customer_as_the_log_does(place):
    text = "customer_id;reason\n13085.0;Müller\n\ufeff8;x\nNULL;\n"
    (place / "x.csv").write_bytes(text.encode("utf-8"))
    assert exclusions.read("x.csv", ["A"])["customer_id"].to_list() == ["13085", "8"]
    (place / "y.csv").write_bytes("customer_id,reason\n7,Müller\n".encode("cp1252"))
    assert exclusions.read("y.csv", ["A"])["reason"].to_list() == ["Müller"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("customer\n1\n", "x.csv: no customer_id"),
        ("customer_id,why\n1,x\n", "x.csv: why; columns are"),
        (
            "customer_id,division\n1,Solidwork\n",
            "'Solidwork' is unknown; did you mean 'Solidworks'",
        ),
        ("customer_id,until\n1,soon\n", "x.csv: until 'soon' is not a date"),
        ('customer_id,division,reason\n1,,"VIP,\n2,,x\n', "x.csv, line 2: a quote that is not"),
        ("customer_id,reason\n,VIP\n", "x.csv: a row has no customer_id"),
        ("", "x.csv: the file is empty"),
    ],
)
def test_a_wrong_exclusion_file_is_refused(place, text, words):
    (place / "x.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        exclusions.read("x.csv", ["Solidworks"])


def test_rules_are_read_and_wrong_ones_are_refused(place):
    (place / "r.yaml").write_text("motions: [cross-sell, win-back]\nper_rep: 20\n")
    assert rules.load("r.yaml").limits()["most"]["rep"] == 20
    assert rules.load("") == rules.Rules()
    (place / "r.yaml").write_text("per_repp: 20\n")
    with pytest.raises(ValueError, match=r"r.yaml: key 'per_repp' is unknown"):
        rules.load("r.yaml")
    (place / "r.yaml").write_text("motions: [hard-sell]\n")
    with pytest.raises(ValueError, match="motions"):
        rules.load("r.yaml")
    with pytest.raises(FileNotFoundError, match=r"rules file none\.yaml does not exist"):
        rules.load("none.yaml")


def test_a_rules_file_is_read_as_it_is_written(place):
    (place / "r.yaml").write_text("quotas: {rep: {No: 5, 007: 3}}\nname_customers: yes\n")
    assert rules.load("r.yaml").quotas == {"rep": {"No": 5, "007": 3}}
    (place / "r.yaml").write_text("# every rule is off\n")
    assert rules.load("r.yaml") == rules.Rules()
    (place / "r.yaml").write_text("per_rep: 20\nper_rep: 30\n")
    with pytest.raises(ValueError, match="key 'per_rep' occurs twice, again on line 2"):
        rules.load("r.yaml")


# ideal customer profile


def newcomers():
    """Return 40 customers who never bought A: aerospace ones mostly do, the others hardly."""
    rows = [
        {
            "customer_id": f"c{n:02d}",
            "cutoff_date": date(2024, 1, 31),
            "attribute__Industry": "<b>Aero</b>" if n < 20 else "Retail",
            "days_since_order__A": None,
            "days_since_order__B": 30.0 if n % 2 else None,
            "own_orders_all": 0.0,
            "bought": int(n < 16 or n == 39),
            "gp_window": 1.0,
        }
        for n in range(40)
    ]
    return pl.DataFrame(rows)


def test_a_profile_says_lift_counts_and_interval():
    profile = icp.profile(newcomers(), "A")
    best = profile.row(0, named=True)
    assert (best["trait"], best["customers"], best["buyers"]) == ("Industry: <b>Aero</b>", 20, 16)
    assert best["lift"] == pytest.approx((16 / 20) / (17 / 40))
    assert best["low"] > 1
    assert "has bought A" not in profile["trait"].to_list()
    other = profile.filter(trait="has bought B")
    assert other.select("source", "customers").rows() == [("days_since_order__B", 20)]
    sure = icp.surest(profile)["trait"].to_list()
    assert sure == ["Industry: <b>Aero</b>", "Industry: Retail"]


def test_the_closest_never_bought_and_have_the_trait():
    rows = newcomers()
    now = rows.drop("bought", "gp_window").with_columns(
        own_orders_all=pl.when(pl.col("customer_id") == "c00").then(1.0).otherwise(0.0)
    )
    found = icp.closest(now, rows, icp.profile(rows, "A"))
    assert found["customer_id"].to_list() == [f"c{n:02}" for n in range(1, 21)]
    assert found["traits"].head(19).unique().to_list() == ["Industry: <b>Aero</b>"]


def test_new_customers_count_once_and_cutoffs_are_taken_in_turn():
    early, late = date(2024, 1, 31), date(2024, 4, 30)
    labels, features = matrix(
        [
            ("a", early, 0, 1.0, 1, 5.0),  # bought after it; owns it on the next
            ("a", late, 1, 1.0, 0, 0.0),
            ("b", early, 0, 1.0, 0, 0.0),
            ("b", late, 0, 2.0, 0, 0.0),
            ("c", early, 0, 1.0, 0, 0.0),
            ("c", late, 0, 2.0, 0, 0.0),
            ("d", late, 0, 2.0, 0, 0.0),
        ]
    )
    rows = icp.before_buying(labels, features)
    assert rows.select("customer_id", "cutoff_date", "bought").rows() == [
        ("a", early, 1),
        ("b", late, 0),
        ("c", early, 0),
        ("d", late, 0),
    ]


def test_no_buyer_no_profile():
    rows = newcomers().with_columns(bought=pl.lit(0))
    assert icp.profile(rows, "A").is_empty()
    assert icp.closest(rows, rows, icp.profile(rows, "A")).is_empty()


# does it pay


def test_lists_of_the_same_size_are_compared_on_observed_sales():
    told = offers(*[(f"c{n}", "A", 0.9 - n / 10, 100.0) for n in range(8)])
    ranked = ranking.rank(told, customers(*[f"c{n}" for n in range(8)]))
    context = ranked.with_columns(
        gp_12m=pl.col("rank").cast(pl.Float64), buyers_12m=pl.lit(5), last_order_day=pl.lit(1)
    )
    outcome = pl.DataFrame(
        {
            "customer_id": ["c0", "c1", "c7"],
            "division": ["A"] * 3,
            "bought": [1, 1, 1],
            "gp_window": [50.0, 70.0, 10.0],
        }
    )
    paid = payoff.compare(context, outcome, 2, ["overall"])
    rows = {row["list"]: row for row in paid.rows(named=True)}
    assert rows["model"]["gross_profit"] == 120
    assert rows["model"]["bought"] == 2
    assert rows["best customers first"]["gross_profit"] == 10
    assert rows["best customers first"]["gain"] == 110
    assert rows["random"]["offers"] == 2
    assert rows["model"]["low"] <= 120 <= rows["model"]["high"]
    assert paid.equals(payoff.compare(context, outcome, 2, ["overall"]))
    assert payoff.verdict(paid, "overall").startswith("2 offers: 2 bought, gross profit 120")
    in_part = payoff.verdict(paid, "overall", "no sales from 2025-06-01 to 2025-06-30")
    assert in_part.startswith("In part, no sales from 2025-06-01 to 2025-06-30: 2 offers: 2 bought")


def test_without_later_sales_nothing_is_claimed():
    paid = payoff.compare(pl.DataFrame(), None, 5)
    assert paid.is_empty()
    assert payoff.verdict(paid, "overall").startswith("What it brought is not known yet")


def test_overlap_with_the_list_before():
    new = ranking.rank(offers(("a", "A", 0.9, 1.0), ("b", "A", 0.8, 1.0)), customers("a", "b"))
    old = ranking.rank(offers(("a", "B", 0.9, 1.0), ("b", "A", 0.8, 1.0)), customers("a", "b"))
    assert payoff.overlap(new, old, 2) == {
        "compared": 2,
        "same_offers": 0.5,
        "same_customers": 1.0,
    }
    assert payoff.overlap(new.head(0), old, 2)["same_offers"] == 0


def test_whom_nobody_may_call_is_not_among_the_closest():
    people = newcomers().select("customer_id")
    rows = [
        ("c01", None, "do not call", None),
        ("c02", "A", "a deal", None),
        ("c03", "B", "another division", None),
        ("c04", "A", "over", date(2024, 1, 31)),
    ]
    barred = pl.DataFrame(rows, schema=exclusions.EXCLUDED, orient="row")
    held = exclusions.held_at([barred], date(2024, 6, 30))
    left = exclusions.called(people, "A", held)["customer_id"].to_list()
    assert left == [name for name in people["customer_id"] if name not in ("c01", "c02")]
