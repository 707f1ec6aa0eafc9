"""Balance between reps: whose worthy offers wait, who has room, and what could move."""

from __future__ import annotations

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render.blocks import Block, Note, Table, section
from gosales_lib.dashboard.render.columns import Column, priced

EVEN = (
    Column("rep", "Rep", link="whitespace", sets="rep"),
    Column("branch", "Branch"),
    Column("customers", "Accounts", "number"),
    Column("places", "Places", "number"),
    Column("worthy", "Worthy offers", "number"),
    Column("waiting", "Waiting", "number"),
    Column("room", "Room", "number"),
)
MOVES = (
    Column("customer_name", "Account", link="customer", key="customer_id", wide=True),
    Column("branch", "Branch"),
    Column("from_rep", "From"),
    Column("to_rep", "To"),
    Column("divisions", "Worthy offers"),
    Column("rank", "Best rank", "number"),
    Column("expected_buyers", "Expected purchases", "ratio"),
    Column("expected_gp", "Expected profit", "money"),
)
MOST = 50
BELOW = (
    "Worthy are the best offers of all reps together, as many as all lists hold. They wait where "
    "the list of their rep is full; room is a place without one."
)
PROPOSAL = (
    "Accounts that their rep has no place for, and the rep of the same branch with most room. A "
    "proposal: nothing has been moved, and no list changes until the log names another rep."
)


def tables(shown: Shown) -> list[Block]:
    """Return how worthy offers lie between the reps that a viewer may compare, and the proposal.

    A viewer of single reps may not compare them; one of branches sees those.
    """
    folder = shown.run.whitespace(shown.cutoff)
    if not all((folder.path / f"{name}.parquet").is_file() for name in ("balance", "moves")):
        return []  # a run made before there was a proposal
    seen = pl.lit(True)
    if shown.scope is not None:
        seen = pl.col("branch").is_in(list(shown.scope.branches))
    even, moves = (
        shown.frame(folder, name).filter(seen.fill_null(False)) for name in ("balance", "moves")
    )
    if even.is_empty():
        return []
    whole = [Note(shown.offers_report.balance)] if shown.scope is None else []
    blocks: list[Block] = [
        section("Who has too many, who too few?", BELOW, *whole, Table(EVEN, even))
    ]
    if moves.height:
        named = moves.head(MOST).with_columns(pl.coalesce("customer_name", "customer_id"))
        more = f" The first {MOST} of {moves.height:,}." if moves.height > MOST else ""
        table = Table(priced(MOVES, shown.is_priced), named, unit=shown.currency)
        blocks.append(section("What could move?", PROPOSAL + more, table))
    return blocks
