"""The gauntlet: an honest matrix passes, and a planted leak of each kind is caught by name."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from sales_rows import sales_rows

from gosales_lib import features
from gosales_lib.core.terms import UNITS
from gosales_lib.core.timeline import Window
from gosales_lib.evaluation import leakage
from gosales_lib.evaluation.leakage.matrix import area
from gosales_lib.features import labels
from gosales_lib.learning.rows import Span

CUTOFF = date(2024, 6, 30)
CLOSED = [date(2023, 6, 30), date(2023, 12, 31)]
MONTHS = 6
SPAN = Span.of(CLOSED, MONTHS)


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    """Three years of 240 customers with a rate each; half of the orders are of division A."""
    generator = np.random.default_rng(17)
    rows = []
    for number in range(240):
        for _ in range(generator.poisson(generator.gamma(1.0, 9.0))):
            day = date(2022, 1, 1) + timedelta(days=int(generator.integers(0, 1000)))
            division = "A" if generator.random() < 0.5 else "B"
            profit = round(float(generator.gamma(2, 50)), 2)
            rows.append((f"c{number:03d}", day.isoformat(), division, "p", profit, 1))
    return sales_rows(*rows)


def build(rows: pl.DataFrame, back: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    cutoffs = [day - timedelta(days=back) for day in (*CLOSED, CUTOFF)]
    families = ["recency", "frequency_monetary"]
    options = features.Options(["A", "B"], MONTHS, families=families)
    matrix = features.build(nw.from_native(rows.lazy()), cutoffs, "A", options)
    windows = [Window(day, MONTHS) for day in CLOSED]
    return matrix, labels.at(rows, "A", windows, UNITS)


def results(checks: list[leakage.Check]) -> dict[str, bool]:
    return {check.name: check.ok for check in checks}


def joined(matrix: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    return bought.join(matrix, on=["customer_id", "cutoff_date"], how="left")


def test_an_honest_matrix_passes_all_six(sales):
    checks = leakage.gauntlet(sales, build, CUTOFF, SPAN)
    assert results(checks) == dict.fromkeys(
        ["poison", "shift", "single-feature oracle", "dates", "duplicate customers",
         "label shuffle"], True
    )  # fmt: skip
    assert leakage.table(checks)["result"].unique().to_list() == ["ok"]


def test_poison_finds_a_feature_that_sees_past_the_cutoff(sales):
    def leaky(rows: pl.DataFrame, back: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        matrix, bought = build(rows, back)
        ever = rows.group_by("customer_id").agg(gp_ever=pl.col("gross_profit").sum())
        return matrix.join(ever, "customer_id", "left", maintain_order="left"), bought

    check = leakage.poison(sales, leaky, CUTOFF, *leaky(sales, 0))
    assert (check.ok, check.sentence) == (False, f"rows after {CUTOFF} change gp_ever")


def test_poison_finds_labels_of_an_open_window(sales):
    def leaky(rows: pl.DataFrame, back: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        open_window = [Window(CLOSED[0], MONTHS), Window(date(2024, 3, 31), MONTHS)]
        return build(rows, back)[0], labels.at(rows, "A", open_window, UNITS)

    check = leakage.poison(sales, leaky, CUTOFF, *leaky(sales, 0))
    assert not check.ok
    assert "change labels that had closed" in check.sentence


def test_shift_finds_cutoffs_that_are_not_kept(sales):
    """The matrix said to be two weeks older holds what was bought in the window after it."""

    def leaky(rows: pl.DataFrame, back: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        matrix, bought = build(rows, back)
        if back:
            told = bought.with_columns(
                pl.col("cutoff_date") - timedelta(days=back), hint=pl.col("bought") * 1.0
            )
            keys = ["customer_id", "cutoff_date"]
            matrix = matrix.join(told.select(*keys, "hint"), keys, "left").fill_null(0.0)
        return matrix, bought

    check = leakage.shift(sales, leaky, SPAN, *leaky(sales, 0))
    assert not check.ok
    assert "knowing less helps" in check.sentence


def test_a_small_gain_is_reported_and_proves_nothing():
    check = leakage.Check("shift", True, "AUC 0.668, two weeks earlier 0.752", look=True)
    assert leakage.table([check]).rows() == [("shift", "look", check.sentence)]


def with_answers(sales: pl.DataFrame, shuffles: int) -> pl.DataFrame:
    """Return a matrix that knows the labels of the first shuffles: one more feature for each."""
    rows = joined(*build(sales, 0))
    known = {f"answer_{n}": pl.lit(0.0) for n in range(shuffles)}
    parts = []
    for part, cutoff in enumerate(CLOSED[:2]):
        there = rows.filter(cutoff_date=cutoff).with_columns(**known)
        for n in range(shuffles):
            dealt = np.random.default_rng(17 + 2 * n + part).permutation(there["bought"].to_numpy())
            there = there.with_columns(pl.Series(f"answer_{n}", dealt * 1.0))
        parts.append(there)
    return pl.concat(parts)


def test_shuffled_labels_find_rows_that_know_the_answer(sales):
    check = leakage.shuffled(with_answers(sales, 5), SPAN)
    assert not check.ok
    assert check.sentence.endswith("standard errors from chance, as in 5 of 5 shuffles")


def test_a_shuffle_that_ranks_by_chance_is_no_leak(sales):
    check = leakage.shuffled(with_answers(sales, 4), SPAN)
    assert check.ok
    assert check.sentence.endswith("standard errors from chance")


def test_the_oracle_names_the_feature_that_is_the_label(sales):
    rows = joined(*build(sales, 0)).filter(cutoff_date=CLOSED[1])
    assert leakage.oracle(rows).ok
    leaky = rows.with_columns(paid_later=pl.when(pl.col("bought") == 1).then(pl.col("gp_window")))
    check = leakage.oracle(leaky)
    assert not check.ok
    assert check.sentence.startswith(
        "alone rank buyers above 0.995, and may know the window: paid_later (1.000); "
    )
    assert "raise `learning: {oracle_limit: ...}` in the layout" in check.sentence
    assert leakage.oracle(leaky, limit=1.0).ok


@pytest.mark.parametrize(("buyers", "result"), [(1, "ok"), (4, "ok"), (5, "LEAK"), (96, "ok")])
def test_few_buyers_are_ranked_first_by_some_feature_without_a_leak(buyers, result):
    """One buyer of 100 is the best or the last by 2 of 100 features of pure chance."""
    rows = pl.DataFrame({"bought": np.arange(100) < buyers, "attribute__size": range(100)})
    check = leakage.oracle(rows.cast({"bought": pl.Int8}))
    assert check.result == result


def regular() -> pl.DataFrame:
    """A pharmacy's log: half the customers come every month, the others came once, long ago."""
    months = [date(2023, m, 5) for m in range(1, 13)] + [date(2024, m, 5) for m in range(1, 13)]
    rows = []
    for i in range(60):
        visits = months if i % 2 else [date(2023, 1, 3 + i % 20)]
        rows += [(f"c{i:02d}", day.isoformat(), "A", "p", 10 + i, 1) for day in visits]
    return sales_rows(*rows)


def test_perfectly_regular_buyers_are_a_rhythm_and_no_leak():
    """`own_days_since_order` alone ranks them, and is the same without the rows of the window."""
    log = regular()
    checks = {check.name: check for check in leakage.gauntlet(log, build, CUTOFF, SPAN)}
    found = checks["single-feature oracle"]
    assert (found.ok, found.result) == (True, "look")
    assert "a rhythm of the buyers, not a leak" in found.sentence
    alone = leakage.oracle(joined(*build(log, 0)).filter(cutoff_date=SPAN.validation))
    assert not alone.ok  # without the proof it may be either


def test_a_feature_of_the_window_is_a_leak_among_regular_buyers_too():
    def leaky(rows: pl.DataFrame, back: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        matrix, bought = build(rows, back)
        last = rows.group_by("customer_id").agg(own_last=pl.col("order_day").max().cast(pl.Float64))
        return matrix.join(last, "customer_id", "left", maintain_order="left"), bought

    checks = {check.name: check for check in leakage.gauntlet(regular(), leaky, CUTOFF, SPAN)}
    found = checks["single-feature oracle"]
    assert not found.ok
    assert "own_last" in found.sentence
    assert "own_days_since_order" not in found.sentence


def test_a_column_without_dates_proves_nothing_by_staying_the_same():
    matrix = pl.DataFrame(
        {"customer_id": ["a"], "cutoff_date": [CUTOFF], "attribute__tier": [1], "orders_all": [2]}
    )
    names = ["attribute__tier", "orders_all"]
    assert leakage.same(matrix, matrix, names, CUTOFF) == {"orders_all"}


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (pl.col("cutoff_date"), "next is a date"),
        (pl.col("cutoff_date").cast(pl.String), "next holds dates as text"),
        (pl.col("cutoff_date").cast(pl.Int32) + 9, "next holds days after the cutoff"),
    ],
)
def test_a_date_among_the_features_is_named(sales, column, told):
    matrix = build(sales, 0)[0]
    assert leakage.dates(matrix).ok
    check = leakage.dates(matrix.with_columns(next=column))
    assert (check.ok, check.sentence) == (False, told)


def test_a_customer_in_two_places_is_named(sales):
    rows = joined(*build(sales, 0))
    assert leakage.twins(rows, SPAN).ok
    busy = rows.filter(cutoff_date=CLOSED[1]).sort("orders_all").tail(1)
    copy = busy.with_columns(customer_id=pl.lit("twin"))
    check = leakage.twins(pl.concat([rows, copy]), SPAN)
    assert check.result == "look"  # two customers with the same subscription look like this too
    assert "twin" in check.sentence
    assert not leakage.twins(pl.concat([rows, busy]), SPAN).ok


def test_a_log_without_later_rows_is_poisoned_with_made_up_ones(sales):
    known = sales.filter(pl.col("order_date") <= CUTOFF)
    assert leakage.poisoned(known, CUTOFF).height > known.height
    assert leakage.poison(known, build, CUTOFF, *build(known, 0)).ok


def test_a_feature_is_measured_both_ways_round_and_by_either_meaning_of_null():
    bought = np.array([0, 0, 1, 1])
    assert area(pl.Series([1, 2, 3, 4]), bought) == area(pl.Series([4, 3, 2, 1]), bought) == 1.0
    assert area(pl.Series([1, 2, None, None]), bought) == 1.0
    assert area(pl.Series([4, 3, None, None]), bought) == 1.0
    assert area(pl.Series([1, 1, 1, 1]), bought) == 0.5
    assert area(pl.Series([1, 3, 2, 4]), bought) == 0.75
