"""The matrix: the boundary of the cutoff, later rows, and unusual logs."""

import sys
from dataclasses import replace
from datetime import date
from math import log
from pathlib import Path

import narwhals as nw
import polars as pl
import polars.testing
import pytest
from threadpoolctl import threadpool_limits

from gosales_lib import features, layout, sales_log
from gosales_lib.core import process_cache
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window, to_day
from gosales_lib.features import labels, together
from gosales_lib.features import matrix as matrices
from gosales_lib.features.described import markdown
from gosales_lib.features.family import FAMILIES, Block, Feature, family
from gosales_lib.features.grains import CUSTOMER
from gosales_lib.features.matrix import build_all
from tests.sales_rows import (
    CUTOFF,
    DIVISIONS,
    EVERYTHING,
    INSTALLED,
    TABLES,
    assert_sound,
    odd_sales,
    random_sales,
    sales_rows,
)

KEYS = ["customer_id", "cutoff_date"]


def asked_of(more):
    """Return the options and the tables that `more` names, the others of every family."""
    tables = {name: more.pop(name, table) for name, table in TABLES.items()}
    return replace(EVERYTHING, **more), tables


def build(sales, cutoffs=(CUTOFF,), division="Solid", **more):
    options, tables = asked_of(more)
    lazy = nw.from_native(sales.lazy())
    return features.build(lazy, list(cutoffs), division, options, **tables)


def every(sales, cutoffs, **more):
    """Return the matrices of all divisions, of every family with all its tables."""
    options, tables = asked_of(more)
    return build_all(nw.from_native(sales.lazy()), cutoffs, options, **tables)


def row(matrix, customer="a"):
    return matrix.row(by_predicate=pl.col("customer_id") == customer, named=True)


def test_order_on_the_cutoff_is_known_and_one_a_day_later_is_not():
    sales = sales_rows(
        ("a", "2024-12-31", "Solid", "Core", 100, 2),
        ("a", "2025-01-01", "Solid", "Core", 900, 9),
        ("b", "2025-01-01", "Solid", "Core", 900, 9),
    )
    matrix = build(sales)
    assert matrix["customer_id"].to_list() == ["a"]
    assert matrix["cutoff_date"].to_list() == [CUTOFF]
    known = row(matrix)
    assert known["days_since_order"] == 0
    assert known["own_days_since_order"] == 0
    assert known["own_orders_3m"] == known["orders_all"] == 1
    assert known["gp_all"] == 100
    assert known["own_quantity_all"] == 2


def test_a_return_is_no_order_in_recency_frequency_and_tenure():
    sales = sales_rows(
        ("a", "2024-01-10", "Solid", "Core", 100, 2),
        ("a", "2024-12-20", "Solid", "Core", -100, -2),
        ("b", "2024-12-20", "Solid", "Core", -100, -2),
    )
    matrix = build(sales)
    known = row(matrix)
    assert known["orders_all"] == known["own_orders_all"] == 1
    assert known["active_months_12m"] == known["own_active_months_12m"] == 1
    assert known["days_since_order"] == known["own_days_since_order"] == 356
    assert known["tenure_days"] == known["own_tenure_days"] == 356
    assert known["largest_order_gp"] == known["own_largest_order_gp"] == 100
    brought_back_only = row(matrix, "b")
    assert brought_back_only["orders_all"] == brought_back_only["active_months_12m"] == 0
    assert brought_back_only["days_since_order"] is brought_back_only["largest_order_gp"] is None


@pytest.mark.parametrize("measure", ["revenue", "gross_profit"])
def test_what_is_sold_without_a_quantity_is_bought_by_the_layout_s_measure(measure):
    sales = sales_rows(
        ("a", "2024-12-01", "Solid", "Service", 100, 0),
        ("b", "2024-12-01", "Sim", "Simulation", 100, 0),
    ).with_columns(quantity=pl.lit(None, pl.Float64))
    by_units, by_money = (build(sales, purchase=p) for p in (UNITS, Purchase(measure=measure)))
    assert row(by_units)["own_orders_all"] == 0
    known = row(by_money)
    assert known["own_orders_all"] == known["products_all"] == known["own_products_all"] == 1
    assert known["own_days_since_order"] == known["days_since_order__Solid"] == 30
    assert row(by_money, "b")["own_days_since_order"] is None
    assert labels.buyers(sales, date(2024, 12, 31), 6, Purchase(measure=measure)) == {
        "Solid": 1,
        "Sim": 1,
    }


def test_windows_end_on_the_cutoff_and_begin_a_day_after_their_start():
    sales = sales_rows(
        ("a", "2024-09-30", "Solid", "Core", 1, 1),
        ("a", "2024-10-01", "Solid", "Core", 10, 1),
        ("a", "2024-06-30", "Solid", "Core", 100, 1),
        ("a", "2024-07-01", "Solid", "Core", 1000, 1),
    )
    known = row(build(sales))
    assert known["gp_3m"] == 10
    assert known["gp_6m"] == 1011
    assert known["gp_12m"] == 1111


def test_day_grain_families_of_a_small_history():
    sales = sales_rows(
        ("a", "2024-12-21", "Solid", "Core", 100, 2),
        ("a", "2024-12-21", "Sim", "Simulation", 50, 1),
        ("a", "2024-12-01", "Sim", "Simulation", 50, 1),
        ("a", "2024-12-26", "Sim", "Simulation", -50, -1),
    )
    known = row(build(sales))
    assert known["days_since_order__Sim"] == 10
    assert known["days_since_order__CAM"] is None
    assert known["median_gap_days"] == 20
    assert known["gap_over_median"] == 0.5
    assert known["divisions_all"] == 2
    assert known["products_all"] == 2
    assert known["division_entropy"] == pytest.approx(0.6365, abs=1e-4)
    assert known["first_division"] == "Sim"
    assert known["days_since_new_division"] == 10


def test_division_never_bought_reads_zero_sums_and_null_days():
    sales = sales_rows(("a", "2024-12-21", "Sim", "Simulation", 50, 1))
    known = row(build(sales))
    for name in ("own_orders_all", "own_gp_12m", "own_gp_slope_12m"):
        assert known[name] == 0, name
    assert known["own_days_since_order"] is None
    assert known["own_average_order_gp"] is None


def test_affinity_is_what_owners_of_the_like_bought():
    both = [(f"b{i}", "2024-12-01", d, d, 1, 1) for i in range(30) for d in ("Sim", "Solid")]
    other = [(f"o{i}", "2024-12-01", "CAM", "CAM", 1, 1) for i in range(30)]
    hopeful = [("x", "2024-12-01", "Sim", "Sim", 1, 1), ("y", "2024-12-01", "CAM", "CAM", 1, 1)]
    matrix = build(sales_rows(*both, *other, *hopeful), families=["affinity", "neighbours"])
    x, y = row(matrix, "x"), row(matrix, "y")
    assert x["affinity_owned_lift"] > 0 > y["affinity_owned_lift"]
    assert x["neighbours_owned_share"] > 0.5 > 0.1 > y["neighbours_owned_share"]
    assert x["neighbours_recent_lift"] > 0 > y["neighbours_recent_lift"]


def test_a_customer_is_left_out_of_the_share_of_their_own_rep():
    sales = sales_rows(
        ("a", "2024-12-01", "Solid", "Core", 1, 1),
        ("b", "2024-12-01", "Sim", "Simulation", 1, 1),
    )
    matrix = build(sales, families=["context"])
    average, prior = 0.5, 10
    alone, beside_a_buyer = (0 + prior * average) / 11, (1 + prior * average) / 11
    lift = pytest.approx(log((alone + 1e-3) / (average + 1e-3)))
    assert row(matrix, "a")["rep_buyer_lift"] == lift
    lift = pytest.approx(log((beside_a_buyer + 1e-3) / (average + 1e-3)))
    assert row(matrix, "b")["rep_buyer_lift"] == lift


def test_marked_products_and_assets():
    sales = sales_rows(
        ("a", "2024-12-01", "Solid", "Plan", 5, 3), ("a", "2024-11-01", "Solid", "Core", 5, 1)
    )
    assets = pl.DataFrame(
        [
            ("a", "Solid", "Core", 4.0, "2024-01-01", "2025-01-30"),  # 30 days after the cutoff
            ("a", "Solid", "Core", 2.0, "2023-01-01", "2024-12-30"),  # has ended
            ("a", "Sim", "Simulation", 1.0, "2020-01-01", None),  # owned outright
            ("a", "Solid", "Core", 9.0, "2025-01-01", "2026-01-01"),  # not yet known
        ],
        schema=["customer_id", "division", "product", "quantity", "start", "expiry"],
        orient="row",
    ).with_columns(
        start_day=pl.col("start").str.to_date().cast(pl.Int32),
        expiry_day=pl.col("expiry").str.to_date().cast(pl.Int32),
    )
    matrix = build(
        sales,
        assets=nw.from_native(assets.lazy()),
        flags={"support": ["Plan"]},
        products=["Core"],
    )
    known = row(matrix)
    assert known["flag_support_attached"] == 1
    assert known["flag_support_quantity_12m"] == known["flag_support_growth_1y"] == 3
    assert known["flag_support_days_since"] == 30
    assert known["product__Core_days_since"] == 60
    assert known["assets"] == 5
    assert known["own_assets"] == known["own_assets_expiring_30d"] == 4
    assert known["own_assets_ended"] == 2
    assert known["assets_subscribed_share"] == 0.8


def test_shares_are_drawn_to_the_mix_of_all_customers_as_they_are_alike():
    """20 alike customers, half of one and half of the other, and one order of a newcomer."""
    alike = [
        (f"c{i:02d}", f"2024-{m:02d}-01", ("Solid", "Sim")[m % 2], "p", 1, 1)
        for i in range(20)
        for m in range(1, 11)
    ]
    newcomer = ("new", "2024-12-01", "Solid", "p", 1, 1)
    known = row(build(sales_rows(*alike, newcomer), families=["division_mix"]), "new")
    assert known["share__Solid"] == pytest.approx((1 + 50 * 101 / 201) / 51)
    apart = [(f"c{i:02d}", f"2024-{m:02d}-01", ("Solid", "Sim")[i % 2], "p", 1, 1)
             for i in range(20) for m in range(1, 11)]  # fmt: skip
    known = row(build(sales_rows(*apart, newcomer), families=["division_mix"]), "new")
    assert known["share__Solid"] == pytest.approx((1 + 0.5 * 101 / 201) / 1.5)
    assert known["share__CAM"] == 0


def test_a_year_is_an_age_at_the_cutoff_and_none_of_the_future_is_known():
    matrix = build(sales_rows(*((c, *ONE[1:]) for c in ("c001", "c002", "c003"))))
    assert matrix["attribute__founded"].to_list() == [34, None, None]


@pytest.mark.parametrize("harm", ["scrambled", "deleted", "added"])
def test_poison_after_the_cutoff_changes_nothing(harm):
    sales = random_sales()
    later = pl.col("order_date") > CUTOFF
    past, future = sales.filter(~later), sales.filter(later)
    assert future.height > 50
    poison = {
        "scrambled": future.with_columns(
            pl.col("gross_profit", "quantity") * -1e6,
            pl.col("division").reverse(),
            customer_id=pl.lit("c001"),
        ),
        "deleted": future.clear(),
        "added": pl.concat([future, future.with_columns(customer_id=pl.lit("new"))]),
    }[harm]
    cutoffs = [date(2024, 6, 30), CUTOFF]
    begun = pl.col("start_day") <= to_day(CUTOFF)
    later_assets = INSTALLED.with_columns(start_day=to_day(CUTOFF) + 1, expiry_day=None)
    clean = every(pl.concat([past, future]), cutoffs)
    assets = pl.concat([INSTALLED.filter(begun), later_assets.cast(INSTALLED.schema)])
    poisoned = every(pl.concat([past, poison]), cutoffs, assets=nw.from_native(assets.lazy()))
    for division in DIVISIONS:
        polars.testing.assert_frame_equal(clean[division], poisoned[division], check_exact=True)


def test_order_of_the_log_changes_nothing():
    sales = random_sales()
    polars.testing.assert_frame_equal(
        build(sales), build(sales.sort("gross_profit")), rel_tol=1e-9, abs_tol=1e-9
    )


def test_many_cutoffs_in_one_call_equal_each_alone():
    sales = random_sales()
    cutoffs = [date(2023, 12, 31), date(2024, 6, 30), CUTOFF]
    together = every(sales, cutoffs)
    alone = [every(sales, [cutoff]) for cutoff in cutoffs]
    for division in DIVISIONS:
        stacked = pl.concat([one[division] for one in alone], how="vertical_relaxed")
        polars.testing.assert_frame_equal(together[division], stacked, check_exact=True)


def test_all_divisions_in_one_call_equal_each_alone():
    sales = random_sales()
    together = every(sales, [CUTOFF])
    assert list(together) == DIVISIONS
    for division in DIVISIONS:
        alone = build(sales, division=division)
        polars.testing.assert_frame_equal(together[division], alone, check_exact=True)


ONE = ("a", "2024-12-31", "Solid", "Core", 10, 1)
DEGENERATE = {
    "one customer, one order": [ONE],
    "returns only": [("a", "2024-12-31", "Solid", "Core", -10, -1)],
    "returns beside a buyer": [ONE, ("r", "2024-12-01", "Sim", "Simulation", -10, -1)],
    "years of silence": [("a", "2004-01-01", "Solid", "Core", 10, 1), ("b", *ONE[1:])],
    "no quantity and no profit": [("a", "2024-12-01", "Solid", "Core", 0, 0)],
    "bought and returned": [ONE, ("a", "2024-12-31", "Solid", "Core", -10, -1)],
    "division of no layout": [("a", "2024-12-31", "Other", "Core", 10, 1)],
    "two the same": [ONE, ("b", *ONE[1:])],
}


@pytest.mark.parametrize("rows", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_degenerate_logs_give_finite_numbers_or_nulls(rows):
    for matrix in every(sales_rows(*rows), [CUTOFF]).values():
        assert matrix.height == len({r[0] for r in rows})
        assert_sound(matrix)


def test_degenerate_customers_among_others_too():
    for matrix in every(odd_sales(), [date(2004, 6, 30), CUTOFF]).values():
        assert_sound(matrix)
        assert row(matrix.filter(cutoff_date=CUTOFF), "blank")["gp_all"] == 0


@pytest.mark.parametrize("months", [1, 12, 18])
def test_windows_of_any_length(months):
    assert_sound(build(random_sales(), window_months=months))


def test_a_layout_of_one_division():
    matrix = build(sales_rows(ONE, ("b", *ONE[1:])), divisions=["Solid"])
    assert row(matrix)["share__Solid"] == 1
    assert row(matrix)["division_entropy"] == 0
    assert_sound(matrix)


def test_a_cutoff_before_the_log_knows_nobody():
    early = date(2020, 12, 31)
    assert build(sales_rows(ONE), [early, CUTOFF])["cutoff_date"].to_list() == [CUTOFF]
    nobody, somebody = build(sales_rows(ONE), [early]), build(sales_rows(ONE))
    assert nobody.is_empty()
    assert nobody.columns == somebody.columns


def test_a_customer_described_twice_is_refused():
    twice = pl.DataFrame({"customer_id": ["a", "a"], "industry": ["Steel", "Toys"]})
    with pytest.raises(ValueError, match="'attribute__industry' has two rows of one customer"):
        build(
            sales_rows(ONE),
            customers=nw.from_native(twice.lazy()),
            attributes=[("industry", "category")],
        )


def test_customers_without_any_attribute_are_unknown():
    customers = pl.DataFrame(
        {"customer_id": ["a", "z"], "industry": [None, None], "staff": [None, None]},
        schema={"customer_id": pl.String, "industry": pl.String, "staff": pl.Float64},
    )
    matrix = build(
        sales_rows(ONE, ("b", *ONE[1:])),
        customers=nw.from_native(customers.lazy()),
        attributes=[("industry", "category"), ("staff", "number")],
    )
    assert matrix["attribute__industry"].to_list() == ["unknown", "unknown"]
    assert matrix["attribute__staff"].to_list() == [None, None]


def test_40000_products_and_odd_names():
    lines = [(f"c{i % 50}", "2024-12-01", "Solid", f"p{i}", 1, 1) for i in range(40_000)]
    odd = [("c0", "2024-12-02", 'A"; drop table x --', "é'\n", 1, 1)]
    matrix = build(sales_rows(*lines, *odd), divisions=["Solid", odd[0][2]])
    assert matrix.height == 50
    assert row(matrix, "c0")["products_all"] == 801
    assert_sound(matrix)


def test_dictionary_has_every_column_of_the_matrix():
    matrix = build(random_sales())
    rows = features.dictionary(CUTOFF, EVERYTHING, matrix)
    assert set(rows["family"]) == set(FAMILIES), "a family without a column is not tested here"
    assert sorted(rows["name"]) == sorted(c for c in matrix.columns if c not in KEYS)
    assert rows.filter((pl.col("meaning") == "") | (pl.col("unit") == "")).is_empty()
    assert rows["coverage"].is_between(0, 1).all()


def test_every_meaning_gives_its_unit_of_time_and_its_months():
    rows = features.dictionary(CUTOFF, EVERYTHING, build(random_sales()))
    days = rows.filter(pl.col("unit") == "days")
    assert days["name"].len() > 10
    assert days.filter(~pl.col("meaning").str.contains("(?i)days")).is_empty()
    months = rows.filter(pl.col("window").str.contains(r"^\d+m$"))
    assert months.filter(~pl.col("meaning").str.contains(r"last \d+ months")).is_empty()


def test_families_are_chosen_added_and_taken_away():
    default = {f.name for f in features.choose()}
    assert {f.name for f in features.choose(["recency", " trend"])} == {"recency", "trend"}
    assert {f.name for f in features.choose(["-recency"])} == default - {"recency"}
    assert {f.name for f in features.choose(["+recency"])} == default
    with pytest.raises(ValueError, match="'recencie' is unknown; did you mean 'recency'"):
        features.choose(["recencie"])


def test_a_family_of_ones_own_is_listed_and_built():
    @family(default=False)
    def biggest_day(known):
        """Most gross profit on one day."""
        top = nw.col("gp").max()
        return [Block(known.orders, [Feature("biggest_day_gp", top, "Best day", "currency")])]

    try:
        matrix = build(sales_rows(ONE), families=["biggest_day"])
        assert matrix.columns == [CUSTOMER, "cutoff_date", "biggest_day_gp"]
        assert row(matrix)["biggest_day_gp"] == 10
        assert "biggest_day" not in {f.name for f in features.choose()}
    finally:
        FAMILIES.pop("biggest_day")


def test_two_features_of_one_name_are_refused():
    @family(default=False)
    def twin(known):
        """Days since any order, once more."""
        return [Block(known.orders, [Feature("days_since_order", nw.col("order_day").max())])]

    try:
        with pytest.raises(ValueError, match="'days_since_order' is made twice"):
            build(sales_rows(ONE), families=["recency", "twin"])
    finally:
        FAMILIES.pop("twin")


def test_a_family_with_two_rows_of_one_customer_is_refused():
    @family(default=False)
    def doubled(known):
        """One row per order, where it must be one per customer."""
        return [Block(known.orders, [], [Feature("order_gp", nw.col("gp"))])]

    twice = [("a", "2024-01-02", "Solid", "Core", 1, 1), ("a", "2024-01-03", "Solid", "Core", 1, 1)]
    try:
        with pytest.raises(ValueError, match="'order_gp' has two rows of one customer"):
            build(sales_rows(*twice), families=["doubled"])
    finally:
        FAMILIES.pop("doubled")


def test_family_that_an_engine_cannot_run_names_those_that_can():
    @family(default=False, engines=("duckdb", "pyspark"))
    def elsewhere(known):
        """Not on polars."""
        return []

    try:
        with pytest.raises(
            ValueError, match="'elsewhere' runs on duckdb or pyspark, not on polars"
        ):
            build(sales_rows(ONE), families=["elsewhere"])
    finally:
        FAMILIES.pop("elsewhere")


PAGE = (Path(__file__).parents[1] / "docs" / "features.md").read_text(encoding="utf-8")


def test_the_page_about_features_has_the_dictionary_of_the_code():
    assert PAGE.endswith(markdown()), "run `python docs/generate.py`"


def test_the_example_of_the_page_is_a_family_once_its_file_is_there(tmp_path, monkeypatch):
    """The text of the page itself: the file that it names is discovered, and its test passes."""
    assert "`gosales_lib/features/families/weekday.py`:" in PAGE
    example, test = (block.split("```")[0] for block in PAGE.split("```python\n")[1:3])
    assert len(example.splitlines()) < 20
    (tmp_path / "weekday.py").write_text(example, encoding="utf-8")
    monkeypatch.setattr(features.families, "__path__", [*features.families.__path__, str(tmp_path)])
    try:
        features.discover()
        scope = dict(globals())
        exec(compile(test, "test_weekday.py", "exec"), scope)
        scope["test_weekday_counts_mondays"]()
        asked = features.options(layout.load("layouts/gosales.yaml"), "", 6)
        shown = features.dictionary(CUTOFF, asked, build(sales_rows(ONE), families=None))
        assert shown.filter(family="weekday").rows() == [
            ("monday_share", "weekday", "On Mondays", "share", "all", 1.0)
        ]
    finally:
        FAMILIES.pop("weekday", None)
        sys.modules.pop("gosales_lib.features.families.weekday", None)


def test_what_the_baselines_are_made_of_cannot_be_left_out():
    ours = layout.load("layouts/gosales.yaml")
    with pytest.raises(ValueError, match=r"'recency' cannot be left out.*add it to 'affinity'"):
        features.options(ours, "affinity", 6)
    with pytest.raises(ValueError, match="'frequency_monetary' cannot be left out"):
        features.options(ours, "-frequency_monetary", 6)
    assert features.options(ours, "+trend", 6).families == ["+trend"]


def test_every_family_names_its_source():
    silent = [f.name for f in FAMILIES.values() if "Source: " not in f.doc]
    assert not silent, "a family's docstring ends with where it comes from"


LINES = """name: lines
shape: long
gross_profit: revenue
date_format: "%Y-%m-%d %H:%M"
columns: {customer_id: who, order_date: at, invoice: [who, at], product: p, quantity: n, revenue: r}
divisions: [Solid]
"""


def test_an_order_at_23_59_on_the_cutoff_is_known_and_one_a_minute_later_is_a_label(tmp_path):
    """Through the real reading of a log with times of day."""
    (tmp_path / "lines.yaml").write_text(LINES)
    (tmp_path / "log.csv").write_text(
        "who,at,p,n,r\na,2024-12-31 23:59,Solid,1,5\nb,2025-01-01 00:00,Solid,1,7\n"
        "a,2025-01-01 00:00,Solid,2,9\n"
    )
    plan = layout.load(tmp_path / "lines.yaml")
    sales = sales_log.read(plan, tmp_path).transactions
    matrix = build(sales, divisions=["Solid"])
    assert matrix["customer_id"].to_list() == ["a"]
    assert (row(matrix)["own_orders_all"], row(matrix)["days_since_order"]) == (1, 0)
    bought = labels.at(sales, "Solid", [Window(CUTOFF, 6)], plan.purchase)
    assert bought.select("customer_id", "bought", "gp_window").rows() == [("a", 1, 9.0)]
    assert_sound(matrix)


def test_the_report_of_02_says_it_in_a_sentence():
    from gosales_lib.features import report

    matrix = pl.DataFrame({"customer_id": ["a", "b"], "cutoff_date": [CUTOFF, CUTOFF]})
    bought = pl.DataFrame(
        {"cutoff_date": [date(2024, 6, 30)] * 4, "bought": [True, False, False, False]}
    )
    dictionary = pl.DataFrame({"family": ["recency"] * 3, "coverage": [1.0, 0.5, 0.0]})
    told = report(matrix, bought, dictionary, CUTOFF).sentence
    assert told.startswith("2 customers are known on 2024-12-31, each by 3 features in 1 families.")
    assert told.endswith("1 earlier windows had closed; in them 1 of 4 bought, 25.0%.")
    nothing = report(matrix, bought.clear(), dictionary, CUTOFF).sentence
    assert nothing.endswith("nothing can be learned from.")


def test_matrices_that_are_made_together_are_those_that_are_made_alone(monkeypatch):
    sales, made = random_sales(), []
    alone = {division: build(sales, division=division) for division in DIVISIONS}
    original = matrices.build_all
    monkeypatch.setattr(matrices, "build_all", lambda *a, **k: made.append(k) or original(*a, **k))
    monkeypatch.setattr(together, "_made", {})
    monkeypatch.setattr(process_cache, "_answers", {})
    for division in DIVISIONS:
        assert build(sales, division=division).equals(alone[division])
    assert len(made) == 1, "the log is summed once for all divisions"
    build(sales, division=DIVISIONS[0])
    assert len(made) == 2, "a matrix is handed out once: what is asked again is made again"
    other = build(sales.tail(50), division=DIVISIONS[1])
    assert len(made) == 3 and not other.equals(alone[DIVISIONS[1]]), "another log, other matrices"


def test_the_number_of_threads_changes_no_digit():
    sales, made = random_sales(20_000, 600), []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            made.append(build(sales, families=["neighbours"]))
    assert made[0].equals(made[1])
