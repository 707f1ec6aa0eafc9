"""The table of candidates and baselines: every measure with its interval, for both segments."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from gosales_lib.learning import comparison, metrics


def measured() -> pl.DataFrame:
    rng = np.random.default_rng(17)
    p = rng.random(300)
    bought = (rng.random(300) < p).astype(float)
    scores = {
        "model": ("candidate", p, True),
        "recency": ("baseline", rng.random(300), False),
    }
    new = np.arange(300) % 3 == 0
    return comparison.measure(bought, new, scores, bought * 10)


def test_each_measure_stands_between_the_ends_of_its_interval():
    table = measured()
    assert table.select("name", "segment", "customers").rows() == [
        ("model", "all", 300),
        ("recency", "all", 300),
        ("model", "new to division", 100),
        ("recency", "new to division", 100),
    ]
    honest = table.filter(name="model")
    for name in metrics.NAMES:
        low, value, high = (honest[f"{name}{end}"] for end in ("_low", "", "_high"))
        assert (low < high).all()
        # chance adds to the calibration error in every bootstrap sample
        assert (value <= high).all()
        assert (low <= value).all() or name == "expected_calibration_error"
    assert table.filter(name="recency")["brier_skill"].null_count() == 2
    assert measured().equals(table)


def test_a_segment_without_a_buyer_has_sizes_and_no_figure():
    scores = {"model": ("candidate", np.array([0.1, 0.2, 0.3]), True)}
    bought, new = np.array([1.0, 0.0, 0.0]), np.array([False, True, True])
    table = comparison.measure(bought, new, scores, bought)
    fresh = table.filter(segment="new to division")
    assert fresh.select("customers", "buyers", "auc", "auc_low").row(0) == (2, 0, None, None)
    nobody = comparison.measure(bought, new & False, scores, bought)
    assert nobody["base_rate"].to_list() == [1 / 3, None]


@pytest.mark.parametrize(("buyers", "measured"), [(1, False), (4, False), (5, True), (36, False)])
def test_a_ranking_of_few_buyers_or_few_others_is_not_measured(buyers, measured):
    bought = (np.arange(40) < buyers).astype(float)
    values, ends = comparison.judge(bought, {"model": np.linspace(1, 0, 40)}, [], draws=20)
    assert (values["model"]["auc"] is not None) == measured
    assert (ends["model"]["auc"] is not None) == measured


def test_a_cell_says_the_measure_and_its_interval():
    assert comparison.cell(0.70449, (0.68, 0.7271)) == "0.704 [0.680, 0.727]"
    assert comparison.cell(0.5, None) == "0.500"
    assert comparison.cell(0.5, (None, None)) == "0.500"
    assert comparison.cell(None, (0.1, 0.2)) == ""
    shown = comparison.shown(measured().filter(segment="new to division"))
    sizes = ["name", "kind", "segment", "customers", "buyers", "base_rate"]
    assert shown.columns == [*sizes, *metrics.NAMES]
    assert shown["log_loss"][1] == ""
    assert shown["lift_10"][0].count(",") == 1
