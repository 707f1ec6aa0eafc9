"""Balance between reps: who has more worthy offers than places, who fewer, and what could move."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.spelling import counted
from gosales_lib.whitespace.ranking import masked
from gosales_lib.whitespace.reps import UNASSIGNED

BALANCE = pl.Schema(
    dict.fromkeys(("rep", "branch"), pl.String())
    | dict.fromkeys(("customers", "places", "worthy", "waiting", "room"), pl.Int64())
)
WHO = ("branch", "customer_id", "customer_name", "from_rep", "to_rep")
MOVES = pl.Schema(
    dict.fromkeys(WHO, pl.String())
    | {"offers": pl.Int64(), "divisions": pl.String(), "rank": pl.Int32()}
    | dict.fromkeys(("expected_buyers", "expected_gp"), pl.Float64())
)
SPANS = {"customers": "accounts", "chosen": "offers to call", "expected_buyers": "purchases"}
MOST_NAMES = 5


def tables(lists: pl.DataFrame, ranked: pl.DataFrame, per_rep: int) -> dict[str, pl.DataFrame]:
    """Return the tables `balance` and `moves`; empty where reps have no list of their own."""
    if not per_rep or lists.filter(pl.col("rep") != UNASSIGNED).is_empty():
        return {"balance": pl.DataFrame(schema=BALANCE), "moves": pl.DataFrame(schema=MOVES)}
    even = table(ranked, lists, per_rep)
    return {"balance": even, "moves": masked(moves(ranked, even), ranked)}


def worthy(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return the offers that one list of all reps would hold: the best, as many as are called."""
    named = ranked.with_columns(pl.col("rep").fill_null(UNASSIGNED))
    return named.sort("rank").head(int(ranked["chosen"].sum()))


def table(ranked: pl.DataFrame, lists: pl.DataFrame, per_rep: int) -> pl.DataFrame:
    """Return how many worthy offers each rep has, beside the places of the rep's list (`per_rep`).

    The columns of `BALANCE`: waiting are worthy offers that found no place, room is places without
    a worthy offer; customers without a rep have no places. The longest queue first, then the least
    room. `lists` comes from `reps.lists`.
    """
    best = worthy(ranked)
    waits = ~pl.col("chosen") | (pl.col("rep") == UNASSIGNED)
    counted = best.group_by("rep").agg(worthy=pl.len(), waiting=waits.sum())
    places = pl.when(pl.col("rep") == UNASSIGNED).then(0).otherwise(per_rep)
    rows = lists.select("rep", "branch", "customers").join(counted, "rep", "left")
    rows = rows.with_columns(pl.col("worthy", "waiting").fill_null(0), places=places)
    room = (pl.col("places") - pl.col("worthy")).clip(0)
    order = ["waiting", "room", "rep"]
    held = rows.with_columns(room=room).filter((pl.col("worthy") > 0) | (pl.col("places") > 0))
    return held.sort(order, descending=[True, False, False]).select(*BALANCE).cast(BALANCE)


def moves(ranked: pl.DataFrame, balance: pl.DataFrame) -> pl.DataFrame:
    """Return a proposal: accounts whose worthy offers wait, and who in the branch has room.

    An account moves whole, and only if its rep has no place for any of its offers. The one with the
    best offer moves first, to the rep of its branch with most room. Nothing is moved here. The
    columns of `MOVES`, the best offer first; offers, divisions, rank and sums are of worthy ones.
    """
    nobody = pl.col("rep") == UNASSIGNED
    called = ranked.with_columns(pl.col("rep").fill_null(UNASSIGNED)).filter("chosen", ~nobody)
    waiting = worthy(ranked).join(called, "customer_id", "anti", maintain_order="left")
    accounts = waiting.group_by("customer_id", maintain_order=True).agg(
        pl.col("branch", "customer_name").first(),
        from_rep=pl.col("rep").first(),
        offers=pl.len(),
        divisions=pl.col("division").cast(pl.String).str.join(", "),
        rank=pl.col("rank").first(),
        expected_buyers=sums.total("probability"),
        expected_gp=pl.when(pl.col("expected_gp").count() > 0).then(sums.total("expected_gp")),
    )
    rooms = {
        (branch, rep): room
        for branch, rep, room in balance.select("branch", "rep", "room").iter_rows()
        if rep != UNASSIGNED
    }
    receivers = [_receiver(row, rooms) for row in accounts.iter_rows(named=True)]
    proposed = accounts.with_columns(to_rep=pl.Series(receivers, dtype=pl.String))
    return proposed.drop_nulls("to_rep").select(*MOVES).cast(MOVES)


def _receiver(account: dict[str, Any], rooms: dict[tuple[str | None, str], int]) -> str | None:
    """Return the rep of the account's branch with most room for its offers, and fill the room."""
    fits = [
        (-room, rep)
        for (branch, rep), room in rooms.items()
        if branch == account["branch"] and room >= account["offers"] and rep != account["from_rep"]
    ]
    if not fits:
        return None
    rep = min(fits)[1]
    rooms[account["branch"], rep] -= account["offers"]
    return rep


def gain(ranked: pl.DataFrame, proposed: pl.DataFrame, balance: pl.DataFrame) -> float:
    """Return the purchases that the moves are expected to add.

    What moves takes the receiver's empty places first, then those of the last offers.
    """
    chosen = ranked.filter("chosen").sort("rank", descending=True)
    total = float(proposed["expected_buyers"].sum())
    places = dict(balance.select("rep", "places").iter_rows())
    for rep, offers in proposed.group_by("to_rep").agg(pl.col("offers").sum()).iter_rows():
        mine = chosen.filter(pl.col("rep") == rep)
        displaced = max(0, offers - (places[rep] - mine.height))
        total -= float(mine.head(displaced)["probability"].sum())
    return total


def sentence(lists: pl.DataFrame, ranked: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> str:
    """Return how evenly accounts and offers lie between the reps, and what could move, in words.

    Nothing is proposed where the tables (of `tables`) are empty.
    """
    own = lists.filter(pl.col("rep") != UNASSIGNED)
    nobody = lists.filter(pl.col("ranked") > 0, rep=UNASSIGNED)
    if own.is_empty():
        return "The log names no rep, so there is nothing to balance."
    spans = [f"{number(own[name])} {what}" for name, what in SPANS.items()]
    few = own.filter(pl.col("expected_buyers") < pl.mean("expected_buyers") / 2)
    text = f"{own.height:,} reps, least to most and median: {', '.join(spans)}."
    if few.height:
        names = ", ".join(few.sort("expected_buyers", "rep")["rep"].head(MOST_NAMES))
        more = f" and {few.height - MOST_NAMES:,} more" if few.height > MOST_NAMES else ""
        text += f" Less than half the mean number of purchases is expected of {names}{more}."
    for row in nobody.iter_rows(named=True):
        text += (
            f" Customers without a rep: {row['customers']:,}; {row['ranked']:,} offers to them are "
            f"ranked and {row['chosen']:,} chosen, which belong to no list yet."
        )
    return text if tables["balance"].is_empty() else f"{text} {proposal(ranked, **tables)}"


def proposal(ranked: pl.DataFrame, balance: pl.DataFrame, moves: pl.DataFrame) -> str:
    """Return which reps have too many or too few worthy offers and what could move, in words."""
    full, short = (
        balance.filter(pl.col("rep") != UNASSIGNED, pl.col(name) > 0)
        for name in ("waiting", "room")
    )
    text = (
        f"Of the {int(ranked['chosen'].sum()):,} best offers of all, {full['waiting'].sum():,} "
        f"wait with {counted(full.height, 'rep')} whose list is full, while "
        f"{counted(short.height, 'rep')} have {short['room'].sum():,} places without one."
    )
    if moves.is_empty():
        return f"{text} No account could move within its branch."
    accounts = counted(moves.height, "account")
    return (
        f"{text} Within their branch {accounts} with {moves['offers'].sum():,} of these offers "
        f"could move to reps with room, for {gain(ranked, moves, balance):,.1f} more expected "
        "purchases. This is a proposal; nothing has been moved."
    )


def number(values: pl.Series) -> str:
    """Return the least, the most and the median of some numbers in words."""
    form = ",.1f" if values.dtype.is_float() else ",.0f"
    least, middle, most = (format(values.quantile(q, "linear") or 0, form) for q in (0, 0.5, 1))
    return f"{least} to {most} ({middle})"
