"""Pictures of a model: what they show, from literal rows."""

import polars as pl
import pytest

from gosales_lib.charts import learning as pictures


def labels(*bought: int) -> pl.DataFrame:
    return pl.DataFrame({"bought": list(bought)})


def test_a_small_division_is_shown_with_what_the_others_add():
    figure = pictures.evidence({"Large": labels(1, 1, 1, 0), "<b>": labels(1, 0)})
    own, others = figure.data
    assert own.y == ("&lt;b&gt;: 1", "Large: 3")
    assert own.x == (1, 3)
    assert others.x == (3, 1)


def test_features_are_shown_by_their_share_of_the_gain_the_largest_on_top():
    table = pl.DataFrame({"feature": ["a", "b", "c"], "gain": [1.0, 6.0, 3.0]})
    (bars,) = pictures.importance(table, most=2).data
    assert bars.y == ("c", "b")
    assert bars.x == pytest.approx((0.3, 0.6))
    assert bars.text == ("30.0%", "60.0%")


def test_predictions_are_drawn_for_the_model_and_its_baseline_beside_the_diagonal():
    happened = [0, 0, 1, 1]
    both = {"model": [0.1, 0.1, 0.8, 0.8], "rfm_logistic": [0.4, 0.4, 0.4, 0.8]}
    model, baseline, diagonal = pictures.reliability(happened, both, "x", bins=2).data
    assert (model.name, baseline.name) == ("model", "RFM with logistic regression")
    assert diagonal.name == "as predicted"
    assert (model.x, model.y) == (pytest.approx((0.1, 0.8)), (0, 1))
    assert baseline.x == pytest.approx((0.4, 0.6))
    assert diagonal.x == diagonal.y == (0, 1.05)


def test_gains_stand_beside_chance():
    chance, model = pictures.gains([1, 0], {"model": [0.9, 0.1]}, "x").data
    assert chance.x == chance.y == (0, 1)
    assert (model.name, model.y[-1]) == ("model", 1)
