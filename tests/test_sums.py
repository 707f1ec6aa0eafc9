"""Sums of groups: the same bits on every call, and no group-by that adds floats in another way."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import gosales_lib
from gosales_lib.core import sums

ROOT = Path(gosales_lib.__file__).parent


def frame(rows: int = 100_000) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    values = np.exp(rng.normal(3, 2, rows))
    return pl.DataFrame({"key": rng.integers(0, 40, rows), "value": values})


def test_a_thousand_calls_give_one_sum_and_one_mean():
    rows, seen = frame(20_000), set()
    for _ in range(1_000):
        table = rows.group_by("key").agg(
            total=sums.total("value"),
            mean=sums.mean("value"),
            every=sums.total(pl.col("value") * 2),
        )
        seen.add(table.sort("key").drop("key").hash_rows(seed=1).to_list().__repr__())
    assert len(seen) == 1


def test_sums_and_means_are_those_of_polars():
    rows = frame(5_000)
    found = rows.group_by("key").agg(a=sums.total("value"), b=sums.mean("value")).sort("key")
    usual = rows.group_by("key").agg(a=pl.col("value").sum(), b=pl.col("value").mean()).sort("key")
    assert np.allclose(found["a"], usual["a"], rtol=0, atol=1e-3)
    assert np.allclose(found["b"], usual["b"], rtol=0, atol=1e-6)


def test_nulls_add_nothing_and_infinite_values_stay():
    rows = pl.DataFrame({"v": [0.1, None, 0.2]})
    assert rows.select(sums.total("v"), sums.mean("v").alias("m")).row(0) == (0.3, 0.15)
    nothing = pl.DataFrame({"v": pl.Series([None], dtype=pl.Float64)})
    assert nothing.select(sums.total("v"), sums.mean("v").alias("m")).row(0) == (0.0, None)
    for odd in (float("inf"), 1.5e40, -1e30):
        rows = pl.DataFrame({"v": [odd, 1.0, None]})
        assert rows.select(sums.total("v")).item() == odd
    assert np.isnan(pl.DataFrame({"v": [float("nan"), 1.0]}).select(sums.total("v")).item())


def test_every_column_of_numbers_is_summed_and_texts_are_left_out():
    rows = pl.DataFrame({"k": ["a", "a"], "n": [1, 2], "x": [0.1, 0.2], "t": ["p", "q"]})
    assert rows.group_by("k").agg(sums.all_columns()).rows() == [("a", 3, 0.3)]


MONEY = r"(gross_profit|gp\w*|expected_\w+|revenue|probability|money|amount|worth|quantity)"
FLOAT_SUM = re.compile(rf"agg\([^#]*?{MONEY}[\"\')]*\)?\.(sum|mean)\(\)", re.S)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: p.stem)
def test_no_group_by_adds_money_or_probabilities_by_itself(path):
    text = path.read_text(encoding="utf-8")
    inside = path.relative_to(ROOT).parts[0]
    if inside in ("features", "dashboard", "sample") or path.stem == "sums":
        return  # rounded (features), for the eye only (dashboard), or seeded (sample)
    for call in re.finditer(r"group_by\([^\n]*\)\s*\.agg\((?:[^()]|\([^()]*\))*\)", text):
        assert not FLOAT_SUM.search(call[0]), f"use sums.total or sums.mean: {call[0][:200]}"


def test_the_mean_of_one_value_is_that_value_and_of_none_is_null():
    rows = pl.DataFrame({"name": ["a", "b", "c", "c"], "money": [2.0, None, 1.0, None]})
    found = rows.group_by("name").agg(mean=sums.mean("money")).sort("name")
    assert found["mean"].to_list() == [2.0, None, 1.0]


def test_each_value_counts_to_the_nearest_millionth():
    rows = pl.DataFrame({"name": ["a", "a", "b", "b"], "money": [6e-7, 6e-7, 1.0, float("nan")]})
    found = rows.group_by("name").agg(total=sums.total("money")).sort("name")
    assert found["total"][0] == 2e-6
    assert found["total"].is_nan().to_list() == [False, True]  # what is no number is not left out
