"""Pictures of a model: what they show, from literal rows."""

import polars as pl
import pytest

from gosales_lib.charts import learning as pictures


def labels(*bought: int) -> pl.DataFrame:
    return pl.DataFrame({"bought": list(bought)})


def test_a_small_division_is_shown_with_what_the_others_add():
    figure = pictures.evidence({"Large": labels(1, 1, 1, 0), "<b>": labels(1, 0)})
    own, others = figure.data
    assert own.y == ("&lt;b&gt;", "Large")
    assert own.x == (1, 3)
    assert others.x == (3, 1)


def test_features_are_shown_by_their_share_of_the_gain_the_largest_on_top():
    table = pl.DataFrame({"feature": ["a", "b", "c"], "gain": [1.0, 6.0, 3.0]})
    (bars,) = pictures.importance(table, most=2).data
    assert bars.y == ("c", "b")
    assert bars.x == pytest.approx((0.3, 0.6))
    assert bars.text == ("30.0%", "60.0%")
