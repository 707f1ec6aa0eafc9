"""Drift: PSI and KS by hand, and what is told of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from gosales_lib.evaluation import drift


def test_the_same_customers_have_not_drifted():
    values = pl.Series(range(1000))
    assert drift.psi(values, values) == 0
    assert drift.ks(values, values) == 0


def test_psi_by_hand():
    learned = pl.Series([0.0] * 50 + [1.0] * 50)
    scored = pl.Series([0.0] * 20 + [1.0] * 80)
    p, q = np.array([50.5, 50.5, 0.5]) / 101.5, np.array([20.5, 80.5, 0.5]) / 101.5
    assert drift.psi(learned, scored) == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert drift.ks(learned, scored) == pytest.approx(0.3)


def test_levels_of_texts_and_the_unknown_are_bins():
    learned = pl.Series(["a"] * 90 + ["b"] * 10)
    assert drift.psi(learned, learned) == pytest.approx(0)
    assert drift.psi(learned, pl.Series(["a"] * 90 + [None] * 10)) > drift.LARGE
    assert drift.ks(learned, learned) is None


def test_a_side_without_rows_says_nothing():
    empty = pl.Series([], dtype=pl.Float64)
    assert drift.psi(empty, pl.Series([1.0])) is None
    assert drift.ks(pl.Series([1.0]), pl.Series([None], dtype=pl.Float64)) is None


@pytest.mark.parametrize(
    ("index", "word"),
    [(None, "stable"), (0.1, "stable"), (0.11, "moderate"), (0.25, "moderate"), (0.26, "large")],
)
def test_the_usual_thresholds(index, word):
    assert drift.level(index) == word


def matrix(shift: float) -> pl.DataFrame:
    noise = np.random.default_rng(17).normal(size=(2, 500))
    days = [date(2023, 12, 31)] * 500 + [date(2024, 12, 31)] * 500
    return pl.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(500)] * 2,
            "cutoff_date": days,
            "still": np.concatenate([noise[0], noise[1]]),
            "moved": np.concatenate([noise[0], noise[1] + shift]),
        }
    )


def test_what_moved_is_named_first_and_kept():
    moved = drift.between(matrix(2.0), date(2024, 12, 31))
    assert moved["feature"].to_list() == ["moved", "still"]
    assert moved["level"].to_list() == ["large", "stable"]
    scores = pl.DataFrame({"probability": [0.1, 0.2, 0.3]})
    found = drift.report(moved, scores, scores)
    assert (found.large, found.moderate) == (1, 0)
    assert found.scores.level == "stable"
    assert found.sentence.startswith("1 of 2 features drifted much")


def test_nothing_moved_is_told_too():
    found = drift.between(matrix(0.0), date(2024, 12, 31))
    assert set(found["level"]) == {"stable"}
