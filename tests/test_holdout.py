"""The holdout: what covers the window, what is refused, and the figures by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
import reported
from polars.testing import assert_frame_equal

from gosales_lib.core import coverage
from gosales_lib.core.columns import FACT_TRANSACTIONS
from gosales_lib.core.timeline import Window
from gosales_lib.database.contents import metric_rows
from gosales_lib.evaluation import drift, holdout
from gosales_lib.evaluation.holdout import judged
from gosales_lib.evaluation.later_sales import _parted
from gosales_lib.mlflow_log import tags
from gosales_lib.reports.holdout import Open

WINDOW = Window(date(2013, 5, 31), 6)  # ends on 2013-11-30


def sales(*days: date) -> pl.DataFrame:
    rows = [
        {
            "customer_id": "c1",
            "order_date": day,
            "order_day": (day - date(1970, 1, 1)).days,
            "invoice": str(day),
            "division": "PDM",
            "product": "PDM",
            "gross_profit": 1.0,
            "quantity": 1.0,
        }
        for day in days
    ]
    return pl.DataFrame(rows, schema=FACT_TRANSACTIONS)


LOG = sales(date(2013, 1, 1), date(2013, 5, 31))
SCORED = pl.DataFrame({"probability": [0.1, 0.2]})
MOVED = pl.DataFrame([drift.row("orders_12m", SCORED["probability"], SCORED["probability"])])
DRIFT = drift.report(MOVED, SCORED["probability"], SCORED, SCORED)


def test_without_later_sales_there_is_nothing_to_check_yet_and_no_failure():
    later = holdout.later_sales(LOG, sales(), WINDOW)
    assert later.status == "nothing to check yet"
    assert later.sentence.endswith("the data ends on 2013-05-31, the window on 2013-11-30.")
    assert (later.missing_days, later.lacks) == (0, "")
    assert holdout.judge(later, pl.DataFrame(), pl.DataFrame()) is None
    written = {"deciles": pl.DataFrame(), "segments": {}, "drift": DRIFT}
    report = holdout.report(later, None, **written)
    assert isinstance(report, Open)
    assert (report.status, report.sentence) == ("nothing to check yet", later.sentence)


def test_a_window_that_ends_days_after_the_data_is_refused_unless_allowed():
    after = sales(date(2013, 11, 26))
    refused = holdout.later_sales(LOG, after, WINDOW)
    assert (refused.status, refused.missing_days) == ("refused", 4)
    assert "4 days short; the data ends on 2013-11-26" in refused.sentence
    assert "say --max-missing-days 4" in refused.sentence
    assert "Check it with `gosales holdout`" in refused.sentence  # a scoring has no such option
    told = holdout.later_sales(LOG, after, WINDOW, max_missing_days=4)
    assert (told.status, told.missing_days) == ("checked", 4)
    assert "Checked in part: 4 days of 183 missing (4 short, as allowed)" in told.sentence
    assert "It is" not in told.sentence  # of one division, where no other is said to go on


def test_a_window_has_the_three_days_of_grace_that_a_cutoff_has():
    later = holdout.later_sales(LOG, sales(date(2013, 11, 27)), WINDOW)
    assert (later.status, later.missing_days) == ("checked", 0)
    assert "3 days short, within the grace of 3" in later.sentence


def test_data_up_to_the_last_day_covers_the_window():
    later = holdout.later_sales(LOG, sales(date(2013, 11, 30)), WINDOW)
    assert (later.status, later.missing_days) == ("checked", 0)


def test_rows_of_the_holdout_that_the_log_has_too_are_left_aside_and_counted():
    later = holdout.later_sales(LOG, sales(date(2013, 5, 31), date(2013, 12, 1)), WINDOW)
    assert later.overlap_rows == 1
    assert later.sales.height == 3


def test_an_invoice_in_the_log_and_in_the_holdout_is_counted_once():
    log = sales(date(2013, 1, 1), date(2013, 5, 31), date(2013, 6, 3), date(2013, 6, 5))
    after = sales(date(2013, 6, 3), date(2013, 6, 4), date(2013, 11, 30))
    later = holdout.later_sales(log, after, WINDOW)
    days = later.sales.filter(pl.col("order_date") > date(2013, 5, 31))["order_date"].to_list()
    assert days == [date(2013, 6, d) for d in (3, 5, 4)] + [date(2013, 11, 30)]
    assert (later.overlap.rows, later.overlap.same, later.overlap.added) == (2, 1, 1)
    assert later.overlap.revised == 0
    assert "1 to invoices that it has not, 1 of them after the cutoff count too" in later.sentence


def test_a_holdout_that_contradicts_the_log_is_reported_and_the_log_counts():
    log = sales(date(2013, 1, 1), date(2013, 6, 3))
    revised = sales(date(2013, 6, 3)).with_columns(gross_profit=pl.lit(7.0))
    later = holdout.later_sales(log, pl.concat([revised, sales(date(2013, 11, 30))]), WINDOW)
    assert later.sales["gross_profit"].to_list() == [1.0, 1.0, 1.0]
    assert later.overlap.revised == 1
    assert "The holdout contradicts the log: of its 1 row on days that the log covers 1 belong to "
    assert "the log's lines count" in later.sentence


def test_a_row_without_units_is_the_same_row_in_the_log_and_in_the_holdout():
    unmeasured = sales(date(2013, 5, 31)).with_columns(quantity=pl.lit(None, pl.Float64))
    log = pl.concat([sales(date(2013, 1, 1)), unmeasured])
    later = holdout.later_sales(log, pl.concat([unmeasured, sales(date(2013, 11, 30))]), WINDOW)
    assert (later.overlap.same, later.overlap.revised, later.overlap.sentence) == (1, 0, "")


def test_an_invoice_that_the_log_lacks_counts_from_the_day_after_the_cutoff_on():
    """The log reaches to June; the holdout holds an invoice of its own on four of its days."""
    log = sales(*(date(2013, 5, 20) + timedelta(days=n) for n in range(20)))
    days = (date(2013, 5, 30), date(2013, 5, 31), date(2013, 6, 1), date(2013, 6, 2))
    own = sales(*days).with_columns(invoice=pl.concat_str(pl.lit("H"), "invoice"))
    found = holdout.later_sales(log, pl.concat([own, sales(date(2013, 11, 30))]), WINDOW)
    assert (found.overlap.rows, found.overlap.unknown, found.overlap.added) == (4, 4, 2)
    kept = found.sales.filter(pl.col("invoice").str.starts_with("H"))
    assert kept["order_date"].to_list() == [date(2013, 6, 1), date(2013, 6, 2)]


def test_the_outcome_is_stored_with_its_baselines_where_the_window_was_checked():
    outcome = pl.DataFrame({"customer_id": ["b", "a"], "bought": [1, 0]})
    naive = pl.DataFrame({"customer_id": ["a", "b"], "recency": [1.0, 2.0]})
    checked = holdout.later_sales(LOG, sales(date(2013, 11, 30)), WINDOW)
    assert holdout.kept(outcome, naive, checked).rows() == [("a", 0, 1.0), ("b", 1, 2.0)]
    empty = holdout.kept(outcome, naive, holdout.later_sales(LOG, sales(), WINDOW))
    assert (empty.height, empty.columns) == (0, ["customer_id", "bought", "recency"])


def test_an_order_dated_days_ahead_is_no_purchase_where_the_holdout_has_these_days():
    begin, end = date(2012, 1, 2), date(2013, 5, 31)
    log = sales(*(begin + timedelta(days=n) for n in range((end - begin).days + 1)))
    after = sales(*(date(2013, 6, 1) + timedelta(days=n) for n in range(183)))
    ahead = sales(date(2013, 6, 6)).with_columns(customer_id=pl.lit("c2"), invoice=pl.lit("X"))
    plain = holdout.later_sales(log, after, WINDOW)
    found = holdout.later_sales(pl.concat([log, ahead]), after, WINDOW)
    assert (found.status, found.missing_days) == (plain.status, 0) == ("checked", 0)
    assert_frame_equal(found.sales, plain.sales)


@pytest.mark.parametrize(("mine", "ends"), [(1, date(2013, 5, 31)), (2, date(2013, 6, 20))])
def test_a_log_with_less_than_a_fifth_of_the_holdouts_orders_does_not_cover_their_days(mine, ends):
    """The holdout has ten orders in June, the log one or two."""
    june = [date(2013, 6, 1) + timedelta(days=2 * n) for n in range(10)]
    log = coverage.of(LOG).model_copy(update={"last": date(2013, 6, 20)})
    assert _parted(log, pl.concat([LOG, sales(*june[:mine])]), sales(*june)).last == ends


def test_a_log_may_share_its_last_day_alone_with_the_holdout():
    """Of the ten orders of that day the log has one: it ends on the day before."""
    day = date(2013, 6, 1)
    many = pl.concat([sales(day).with_columns(customer_id=pl.lit(f"c{n}")) for n in range(10)])
    log = coverage.of(LOG).model_copy(update={"last": day})
    assert _parted(log, pl.concat([LOG, sales(day)]), many).last == date(2013, 5, 31)


def test_a_division_whose_later_file_is_missing_is_refused_and_named():
    days = [date(2012, 1, 2) + timedelta(days=n) for n in range(699)]  # to 2013-11-30
    other = sales(*days).with_columns(division=pl.lit("Bags"))
    log = sales(*days).filter(pl.col("order_date") <= date(2013, 5, 31))
    log = pl.concat([log, other.filter(pl.col("order_date") <= date(2013, 5, 31))])
    after = other.filter(pl.col("order_date") > date(2013, 5, 31))
    assert holdout.later_sales(log, after, WINDOW, division="Bags").status == "checked"
    refused = holdout.later_sales(log, after, WINDOW, division="PDM")
    assert (refused.status, refused.missing_days) == ("refused", 183)
    assert refused.sentence.endswith("It is PDM that lacks sales, others go on.")
    assert refused.lost(["PDM", "Bags"], WINDOW) == ["PDM"]
    assert refused.lost(["PDM"], WINDOW, 182) == ["PDM"]
    assert refused.lost(["PDM"], WINDOW, 183) == []  # so many days may be missing
    given_up = log.filter((pl.col("division") != "PDM") | (pl.col("order_day") < 15_700))
    assert holdout.later_sales(given_up, after, WINDOW).lost(["PDM", "Bags"], WINDOW) == []


def test_later_rows_of_the_log_itself_are_checked_against_too():
    log = sales(date(2013, 1, 1), date(2013, 12, 5))
    assert holdout.later_sales(log, sales(), WINDOW).status == "checked"


def test_deciles_and_their_intervals_by_hand():
    outcome = pl.DataFrame(
        {
            "decile": [1, 1, 2, 2],
            "probability": [0.9, 0.7, 0.2, 0.0],
            "expected_gp": [9.0, 7.0, 2.0, 0.0],
            "bought": [1, 1, 0, 1],
            "gp_window": [5.0, 6.0, 0.0, 1.0],
        }
    )
    table = holdout.deciles(outcome)
    assert table["promised"].to_list() == pytest.approx([0.8, 0.1])
    assert table["happened"].to_list() == [1.0, 0.5]
    assert table["gp"].to_list() == [11.0, 1.0]
    assert table["expected_gp"].to_list() == [16.0, 2.0]
    assert table["customers"].to_list() == [2, 2]
    assert table["low"].to_list() == pytest.approx([0.3424, 0.0945], abs=1e-4)
    assert table["high"].to_list() == pytest.approx([1.0, 0.9055], abs=1e-4)
    assert (table["low"] <= table["happened"]).all()
    assert (table["high"] >= table["happened"]).all()


def test_the_report_gives_both_segments_with_baselines_and_intervals():
    rng = np.random.default_rng(4)
    p = rng.random(200)
    outcome = pl.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in range(200)],
            "probability": p,
            "purchase_type": ["new to division", "repeat"] * 100,
            "expected_gp": p * 10,
            "bought": (rng.random(200) < p).astype(np.int8),
            "gp_window": p * 5,
        }
    )
    baselines = pl.DataFrame({"customer_id": outcome["customer_id"]}).with_columns(
        base_rate=pl.lit(0.5),
        recency=pl.Series(rng.random(200)),
        frequency=pl.Series(rng.random(200)),
        rfm_logistic=pl.Series(rng.random(200)),
    )
    later = holdout.later_sales(LOG, sales(date(2013, 11, 30)), WINDOW)
    report = holdout.judge(later, outcome, baselines)
    assert report.customers == 200
    assert report.new_to_division.customers == 100
    assert report.model.auc > 0.75
    assert set(report.baselines) == {"base_rate", "recency", "frequency", "rfm_logistic"}
    low, high = report.interval("model", "auc")
    assert low < report.model.auc < high
    ends = report.interval("model", "lift_10")
    lift = f"lift@10% {report.model.lift_10:.2f} (95% interval {ends[0]:.2f} to {ends[1]:.2f})"
    assert lift in holdout.sentence(later, report)
    for segment, size in (("all", 200), ("new to division", 100)):
        table = holdout.table(report).filter(segment=segment)
        assert table["name"].to_list() == [
            "model", "base_rate", "recency", "frequency", "rfm_logistic",
        ]  # fmt: skip
        assert table["customers"].to_list() == [size] * 5
        assert table["brier_skill"][2] == ""  # recency is no probability
        ends = "[" + ", ".join(f"{end:.3f}" for end in (low, high)) + "]"
        assert segment != "all" or table["auc"][0] == f"{report.model.auc:.3f} {ends}"
        for measure in ("brier_skill", "expected_calibration_error", "gp_lift_10"):
            assert "[" in table[measure][0]
    assert 0.5 < report.new_to_division.slope < 2


def test_money_and_buyers_predicted_and_observed_by_hand():
    outcome = pl.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "probability": [0.5, 0.25, 0.25, 0.2],
            "purchase_type": ["new to division", "repeat", "repeat", "new to division"],
            "expected_gp": [5.0, 3.0, 1.0, 1.0],
            "bought": [0, 1, 0, 0],
            "gp_window": [0.0, 10.0, 0.0, -2.0],
        }
    )
    naive = outcome.select("customer_id", rfm_logistic=pl.lit(0.5))
    later = holdout.later_sales(LOG, sales(date(2013, 11, 30)), WINDOW)
    found = holdout.judge(later, outcome, naive)
    assert (found.customers, found.buyers, found.base_rate) == (4, 1, 0.25)
    assert found.mean_probability == pytest.approx(0.3)
    assert (found.gp_promised, found.gp_happened) == (10.0, 8.0)
    assert (found.gp_low, found.gp_high) == (None, None)  # one buyer
    assert (found.model.auc, found.calibration.slope) == (None, None)
    assert (found.new_to_division.customers, found.new_to_division.buyers) == (2, 0)
    assert found.new_to_division.mean_probability == pytest.approx(0.35)
    low, high = found.calibration.base_rate_low, found.calibration.base_rate_high
    assert (low, high) == pytest.approx((0.0456, 0.6994), abs=1e-4)  # Wilson, 1 of 4
    assert judged.summary(found).startswith(
        "1 of 4 customers bought (95% interval 0 to 3), 1 were predicted"
    )


def test_the_interval_of_a_sum_is_that_of_the_central_limit_theorem():
    earned, bought = np.array([10.0] * 10 + [0.0] * 10), np.array([1.0] * 10 + [0.0] * 10)
    half = 1.96 * np.sqrt(20) * np.sqrt(20 * 25 / 19)
    assert judged.interval_of_sum(earned, bought) == pytest.approx((100 - half, 100 + half))


@pytest.mark.parametrize("buyers", [0, 1, 9])
def test_the_money_of_few_buyers_has_no_interval(buyers):
    bought = (np.arange(300) < buyers).astype(float)
    assert judged.interval_of_sum(bought * 50, bought) == (None, None)


@pytest.mark.parametrize(("buyers", "drawn"), [(9, False), (10, True), (30, True), (31, False)])
def test_a_line_is_drawn_through_ten_buyers_and_ten_others(buyers, drawn):
    bought = (np.arange(40) < buyers).astype(float)
    found = judged.reliability(np.linspace(0.9, 0.1, 40), bought)
    assert (found["slope"] is not None) == (found["intercept"] is not None) == drawn
    assert found["mean_probability"] == pytest.approx(0.5)
    assert judged.reliability(np.array([]), np.array([]))["mean_probability"] is None


def test_baselines_are_scored_on_the_cutoff_by_the_share_of_buyers_of_closed_windows():
    day, earlier = date(2024, 12, 31), date(2024, 6, 30)
    features = pl.DataFrame(
        {
            "customer_id": ["b", "a", "a"],
            "cutoff_date": [day, day, earlier],
            "own_days_since_order": [None, 3, 9],
            "days_since_order": [1, 3, 9],
            "own_orders_all": [0, 2, 1],
            "orders_all": [1, 2, 1],
        }
    )
    labels = pl.DataFrame({"bought": [1, 0, 0, 0]})
    later = holdout.later_sales(LOG, sales(date(2013, 11, 30)), WINDOW)
    table = holdout.score_baselines(later, features, labels, day, None)
    assert table["customer_id"].to_list() == ["a", "b"]
    assert table["base_rate"].to_list() == table["rfm_logistic"].to_list() == [0.25, 0.25]
    assert table["recency"][0] > table["recency"][1]
    assert table["frequency"].to_list() == pytest.approx([2 + 2e-6, 1e-6])
    open_window = holdout.later_sales(LOG, sales(), WINDOW)
    unscored = holdout.score_baselines(open_window, features, labels, day, None)
    assert unscored.is_empty()
    assert unscored.schema == table.schema


def test_a_log_that_lost_scored_customers_is_refused_in_words():
    later = holdout.later_sales(LOG, sales(date(2013, 11, 30)), WINDOW)
    scored, happened = pl.DataFrame({"customer_id": ["a", "b", "c"]}), pl.DataFrame({"bought": [1]})
    with pytest.raises(ValueError, match=r"^2 of 3 scored customers are no longer in the log"):
        holdout.judge(later, happened, scored)


def test_a_holdout_that_was_not_checked_has_an_empty_table():
    later = holdout.later_sales(LOG, sales(), WINDOW)
    assert holdout.judge(later, pl.DataFrame(), pl.DataFrame()) is None
    assert holdout.table(None).is_empty()


def segmented() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    ids = [f"c{i:03d}" for i in range(100)]
    bought = [1 if i % 10 == 0 else 0 for i in range(100)]
    scores = pl.DataFrame(
        {"customer_id": ids, "probability": [0.9 if b else 0.1 for b in bought], "bought": bought}
    ).with_columns(cutoff_date=pl.lit(date(2024, 12, 31)))
    baselines = pl.DataFrame({"customer_id": ids} | {n: [0.5] * 100 for n in ("rfm_logistic",)})
    features = pl.DataFrame({"customer_id": ids, "days_since_order": [10] * 60 + [600] * 40})
    customers = pl.DataFrame({"customer_id": ids, "Industry": ["Steel"] * 70 + ["Toys"] * 30})
    return scores, baselines, features, customers


def test_segments_are_warm_cold_and_the_marked_attributes():
    found = holdout.segments(*segmented(), ["Industry", "Unknown"])
    assert {name: (p.customers, p.buyers) for name, p in found.items()} == {
        "warm": (60, 6), "cold": (40, 4), "Industry=Steel": (70, 7), "Industry=Toys": (30, 3),
    }  # fmt: skip
    assert found["warm"].model.lift_10 == pytest.approx(10)
    table = holdout.segment_table(found)
    measured = table.select("segment", "base_rate", "rfm_lift_10").rows()[:2]
    assert measured == [("warm", 0.1, 1.0), ("cold", 0.1, None)]  # four buyers are too few
    assert table["mean_probability"].to_list() == pytest.approx([0.18] * 4)
    assert table["slope"].null_count() == 4  # fewer than ten buyers draw no line
    scores, naive, features, customers = segmented()
    fewer = customers.with_columns(Industry=pl.Series(["Steel"] * 71 + ["Toys"] * 29))
    found = holdout.segments(scores, naive, features, fewer, ["Industry"])
    assert {n: p.customers for n, p in found.items() if "=" in n} == {
        "Industry=Steel": 71, "Industry=other": 29,
    }  # fmt: skip
    unknown = customers.with_columns(Industry=pl.Series(["Steel"] * 71 + [None] * 29))
    found = holdout.segments(scores, naive, features, unknown, ["Industry"])
    assert found["Industry=other"].customers == 29
    assert found["Industry=Steel"].customers == 71  # who has no level is of none
    found = holdout.segments(scores, naive, features.head(90), customers)
    assert (found["warm"].customers, found["cold"].customers) == (60, 30)


def test_segments_of_nothing_are_nothing():
    scores, baselines, features, customers = segmented()
    found = holdout.segments(scores.clear(), baselines.clear(), features, customers)
    assert found == {}
    assert holdout.segment_table(found).is_empty()


def test_what_a_window_lacks_is_published_and_logged_beside_its_figures():
    part = {"missing_days": 24, "lacks": "1 of 3 months missing (2025-03)"}
    report = reported.later().model_copy(update=part)
    rows = list(metric_rows(report))
    assert {(row["missing_days"], row["lacks"]) for row in rows} == {tuple(part.values())}
    assert tags.holdout_metrics(report)["holdout.missing_days"] == 24.0
    assert {row["lacks"] for row in metric_rows(reported.later())} == {None}
    for row in rows:
        part = report if row["segment"] == "all" else report.new_to_division
        ends = part.interval(row["name"], "auc") or (None, None)
        assert (row["auc_low"], row["auc_high"]) == ends
    assert len({row["auc_low"] for row in rows}) > 1
