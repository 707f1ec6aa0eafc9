"""Reasons beside each offer: the motion's own sentence, and what moved the model."""

from __future__ import annotations

import polars as pl

MOST_REASONS = 3
KEYS = ["customer_id", "division"]
REASONS = pl.Schema(
    {
        "customer_id": pl.String,
        "division": pl.String,
        "rank": pl.Int8,
        "reason": pl.String,
    }
)


def of_motion(offers: pl.DataFrame, lapsed_months: int) -> pl.DataFrame:
    """Return one sentence an offer that its motion gives: the columns of `REASONS`.

    Rank 0 (it opens the reasons) for what the customer owns or owned; rank 99 (it closes them)
    for what they never bought, where the model's reasons say more.
    """
    name, day = pl.col("division"), pl.col("last_bought").cast(pl.String)
    like = (pl.col("similarity") * 100).round().cast(pl.Int64).cast(pl.String)
    says = {
        "renewal": pl.format("Buys {} in a steady rhythm: due on {}", name, "due_date"),
        "win-back": pl.format("Bought {} last on {}, not for {} months", name, day, lapsed_months),
        "up-sell": pl.format("Bought {} last on {}", name, day),
        "cross-sell": pl.coalesce(
            pl.format("Never bought {}; {}% of the customers most like them own it", name, like),
            pl.format("Never bought {}", name),
        ),
    }
    text = pl.coalesce(
        pl.when(pl.col("motion") == motion).then(sentence) for motion, sentence in says.items()
    )
    rank = pl.when(pl.col("motion") == "cross-sell").then(99).otherwise(0)
    return offers.select(*KEYS, rank=rank, reason=text).cast(REASONS).drop_nulls("reason")


def beside(ranked: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """Return the ranked list with reason_1 to reason_3: those for the offer, strongest first.

    Parameters
    ----------
    reasons
        customer_id, division, rank, reason; those against (rank below 0) are left out.
    """
    speaking = reasons.filter(pl.col("rank") >= 0).unique([*KEYS, "rank"], maintain_order=True)
    by_offer = speaking.sort(*KEYS, "rank").group_by(KEYS, maintain_order=True)
    names = [f"reason_{n}" for n in range(1, MOST_REASONS + 1)]
    wide = by_offer.agg(
        pl.col("reason").get(n, null_on_oob=True).alias(name) for n, name in enumerate(names)
    )
    order = ranked.columns
    return ranked.drop(names).join(wide, on=KEYS, how="left", maintain_order="left").select(order)
