"""Columns of the scores of one division."""

from __future__ import annotations

import polars as pl

SCORES = pl.Schema(
    {
        "customer_id": pl.String(),
        "division": pl.String(),
        "cutoff_date": pl.Date(),
        "probability": pl.Float64(),  # calibrated, of a purchase in the window
        "percentile": pl.Float64(),  # 100 is the best; ties share the mean of their ranks
        "decile": pl.Int8(),  # 1 is the best tenth
        "purchase_type": pl.String(),  # new to division, repeat or lapsed
        "expected_gp": pl.Float64(),  # probability x gross profit if they buy
    }
)
"""One row per customer known on the cutoff."""
