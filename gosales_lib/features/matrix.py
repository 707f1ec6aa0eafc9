"""The feature matrix: every chosen family, one row per customer and cutoff, for each division."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.features import engines, run_lengths, together
from gosales_lib.features.family import Block, Family, choose
from gosales_lib.features.grains import CUSTOMER, DIVISION, grains
from gosales_lib.features.history import History, Options

CUTOFF = "cutoff_date"


def build(
    sales: nw.LazyFrame[Any],
    cutoffs: Sequence[date],
    division: str,
    options: Options,
    *,
    customers: nw.LazyFrame[Any] | None = None,
    assets: nw.LazyFrame[Any] | None = None,
) -> pl.DataFrame:
    """Return the matrix of `division`: one row per cutoff and customer known on it.

    The same as `build_all(...)[division]`, which describes the parameters.

    Returns
    -------
    pl.DataFrame
        customer_id, cutoff_date, then the features; sorted by cutoff and customer.

    Examples
    --------
    The order of 2025 lies after the cutoff and is not seen.

    >>> from datetime import date
    >>> sales = pl.DataFrame({
    ...     "customer_id": ["A", "A", "B"],
    ...     "order_date": [date(2024, 12, 1), date(2025, 2, 1), date(2024, 6, 30)],
    ...     "invoice": ["1", "2", "3"],
    ...     "division": "PDM",
    ...     "product": "Seat",
    ...     "quantity": [1.0, 5.0, 2.0],
    ...     "revenue": [100.0, 500.0, 200.0],
    ...     "gross_profit": [40.0, 200.0, 80.0],
    ... }).with_columns(order_day=pl.col("order_date").to_physical())
    >>> options = Options(["PDM"], window_months=6, families=["recency", "frequency_monetary"])
    >>> matrix = build(nw.from_native(sales.lazy()), [date(2024, 12, 31)], "PDM", options)
    >>> matrix.select("customer_id", "days_since_order", "orders_12m").rows()
    [('A', 30, 1), ('B', 184, 1)]
    """

    def made(on_sale: Sequence[str]) -> dict[str, pl.DataFrame]:
        return build_all(
            sales, cutoffs, options, on_sale=on_sale, customers=customers, assets=assets
        )

    frames, asked = [sales, customers, assets], (cutoffs, options)
    own = together.take(division, frames, asked, lambda: made(options.divisions))
    return made([division])[division] if own is None else own


def build_all(
    sales: nw.LazyFrame[Any],
    cutoffs: Sequence[date],
    options: Options,
    *,
    on_sale: Sequence[str] | None = None,
    customers: nw.LazyFrame[Any] | None = None,
    assets: nw.LazyFrame[Any] | None = None,
) -> dict[str, pl.DataFrame]:
    """Return the matrix of each division on sale, from one pass over the log.

    Parameters
    ----------
    sales
        `fact_transactions` as a narwhals lazy frame; its engine does the work.
    cutoffs
        Each is computed from the rows up to it only, so every row is what that cutoff alone
        would give.
    options
        What the layout decides; `features.options` reads it.
    on_sale
        The divisions to return; all when not given.
    customers
        `dim_customer`.
    assets
        What is installed or under subscription; see `grains.Grains`.

    Returns
    -------
    dict[str, pl.DataFrame]
        By division: customer_id, cutoff_date, then the features; sorted by cutoff and customer.
        What is the same for all divisions is held once and shared by the frames.
    """
    on_sale = list(on_sale if on_sale is not None else options.divisions)
    chosen = choose(options.families)
    refuse_engine(engines.name_of(sales), chosen)
    parts: dict[str, list[pl.DataFrame]] = {division: [] for division in on_sale}
    with grains(sales, customers, assets, options.purchase) as kept:
        for cutoff in cutoffs:
            history = History(kept, cutoff, options)
            for division, frame in at_cutoff(history, on_sale, chosen).items():
                parts[division].append(frame)
    return {division: pl.concat(p, how="vertical_relaxed") for division, p in parts.items()}


def refuse_engine(engine: str, families: Sequence[Family]) -> None:
    """Raise ValueError for a family that does not run on `engine`; it names those it can."""
    for chosen in families:
        if engine not in chosen.engines:
            can = " or ".join(chosen.engines)
            raise ValueError(f"feature family {chosen.name!r} runs on {can}, not on {engine}")


def at_cutoff(
    history: History, on_sale: Sequence[str], families: Sequence[Family]
) -> dict[str, pl.DataFrame]:
    """Return, per division, one row per customer known on the cutoff, with its features.

    The engine reduces the log to blocks of a row per customer (or customer and division); these
    are joined here, once for what all divisions share.
    """
    blocks = merged(block for chosen in families for block in chosen.build(history))
    refuse_twins(blocks)
    [population] = engines.fetch([history.population])
    people = population[CUSTOMER].cast(pl.String).sort()
    base = people.to_frame().with_columns(pl.lit(history.cutoff).alias(CUTOFF))
    shared, own = [base], dict[str, list[pl.DataFrame]]((d, []) for d in on_sale)
    frames = engines.fetched([of_divisions(block, on_sale) for block in blocks])
    for block, frame in zip(blocks, frames, strict=True):
        if DIVISION not in block.keys:
            shared += placed(block, frame, people, [""])
            continue
        for division, part in zip(on_sale, placed(block, frame, people, on_sale), strict=True):
            own[division].append(part)
    return {d: pl.concat([*shared, *own[d]], how="horizontal") for d in on_sale}


def placed(
    block: Block, frame: pl.DataFrame, people: pl.Series, divisions: Sequence[str]
) -> list[pl.DataFrame]:
    """Return the block's features for each division: one row per customer, ordered as `people`.

    A row is found by its position, without a join per division. A customer without a row has null,
    or the feature's `empty` value.
    """
    position = run_lengths.positions(frame[CUSTOMER], people)
    if DIVISION in block.keys:
        position = position + run_lengths.positions(frame[DIVISION], divisions) * len(people)
    here = position.is_not_null()
    row = pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(people) * len(divisions))
    row = row.scatter(position.filter(here), here.arg_true())
    if len(row) - row.null_count() != here.sum():
        raise ValueError(f"feature {block.kept[0].name!r} has two rows of one customer")
    whole = frame.rechunk().select(
        (
            pl.col(f.name).gather(row)
            if f.empty is None
            else pl.col(f.name).gather(row).fill_null(f.empty)
        )
        for f in block.kept
    )
    return [whole.slice(i * len(people), len(people)) for i in range(len(divisions))]


def refuse_twins(blocks: Sequence[Block]) -> None:
    """Raise ValueError where two features have one name."""
    names = [feature.name for block in blocks for feature in block.kept]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ValueError(f"feature {twins[0]!r} is made twice; rename it in one of its families")


def merged(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks, merged by grain and key, so that each takes a single group-by."""
    answer: list[Block] = []
    for block in blocks:
        for i, other in enumerate(answer):
            if other.goes_with(block):
                answer[i] = other.with_features_of(block)
                break
        else:
            answer.append(block)
    return answer


def of_divisions(block: Block, on_sale: Sequence[str]) -> nw.LazyFrame[Any]:
    """Return the block's frame; one with a row per division holds only the divisions on sale."""
    if DIVISION not in block.keys:
        return block.frame()
    return block.frame(nw.col(DIVISION).is_in(on_sale))
