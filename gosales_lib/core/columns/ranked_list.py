"""Columns of the ranked list over all divisions."""

from __future__ import annotations

import polars as pl

LEAD_PRODUCTS = {
    f"product_{number}{name}": dtype
    for number in (1, 2, 3)
    for name, dtype in {
        "": pl.String(),  # the product to lead with, the likeliest first
        "_probability": pl.Float64(),  # of its being bought, given a purchase of the division
        "_quantity": pl.Float64(),  # typical of an order
        "_unit_price": pl.Float64(),  # null: the log has no revenue
        "_unit_gp": pl.Float64(),  # gross profit per unit
    }.items()
}

WHITESPACE = pl.Schema(
    {
        "rank": pl.Int32(),  # 1 is the first to call
        "customer_id": pl.String(),
        "customer_name": pl.String(),
        "division": pl.String(),
        "cutoff_date": pl.Date(),
        "state": pl.String(),  # whitespace (never bought), lapsed or active, see whitespace.grid
        "motion": pl.String(),  # cross-sell, win-back, renewal or up-sell
        "chosen": pl.Boolean(),  # one of the offers within capacity
        "probability": pl.Float64(),  # calibrated, of a purchase in the window
        "expected_gp_if_sold": pl.Float64(),  # in the layout's currency
        "gp_source": pl.String(),  # source of expected_gp_if_sold
        "expected_gp": pl.Float64(),  # probability x expected_gp_if_sold
        "affinity": pl.Float64(),  # sum of log lifts of what they own; null: unknown
        "similarity": pl.Float64(),  # share of the customers most like them who own the division
        "grade": pl.String(),  # A (best tenth) to F (last), see whitespace.ranking.GRADES
        "score": pl.Float64(),  # what the list is ranked by: expected_gp unless weights are given
        "rep": pl.String(),
        "branch": pl.String(),
        "reason_1": pl.String(),
        "reason_2": pl.String(),
        "reason_3": pl.String(),
        "rep_rank": pl.Int32(),  # rank among the offers of the same rep, 1 is the best
        "opener": pl.String(),  # a sentence with which a rep can open the conversation
        "last_bought": pl.Date(),  # last purchase of the division; null: never
        "due_date": pl.Date(),  # next purchase by the customer's own rhythm; null: no rhythm
        **LEAD_PRODUCTS,
        "product_source": pl.String(),  # source of the lead products
        "gp_if_sold_low": pl.Float64(),  # 80% interval of expected_gp_if_sold; null: unknown
        "gp_if_sold_high": pl.Float64(),
        "likely_month": pl.String(),  # of a purchase; null: no month stands out
        "probability_30d": pl.Float64(),  # of a purchase within 30 days; null: a shorter window
        "probability_90d": pl.Float64(),
        "due_now": pl.Boolean(),  # the next purchase by their own rhythm is due or late
        "call_order": pl.Int32(),  # within the rep's chosen offers: what is due and worth it first
        "gp_trusted": pl.Boolean(),  # false: earlier windows refute the expected money
    }
)
"""One row per customer and division that may be offered, best first."""
