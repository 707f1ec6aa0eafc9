"""The feature matrix: every chosen family, one row a customer and cutoff, for each division."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.features import engines
from gosales_lib.features.grains import CUSTOMER, DIVISION, grains
from gosales_lib.features.known import Known
from gosales_lib.features.registry import Block, Family, choose

CUTOFF = "cutoff_date"


def build(
    sales: nw.LazyFrame,
    cutoffs: Sequence[date],
    division: str,
    *,
    divisions: Sequence[str],
    window_months: int,
    customers: nw.LazyFrame | None = None,
    attributes: Sequence[tuple[str, str]] = (),
    families: Sequence[str] | None = None,
    assets: nw.LazyFrame | None = None,
    options: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return the matrix of `division`: one row a customer known on the cutoff, for each cutoff.

    The same as `build_all(...)[division]`, where the parameters are told.

    Returns
    -------
    pl.DataFrame
        customer_id, cutoff_date, then the features; sorted by cutoff and customer.
    """
    return build_all(
        sales,
        cutoffs,
        divisions=divisions,
        window_months=window_months,
        on_sale=[division],
        customers=customers,
        attributes=attributes,
        families=families,
        assets=assets,
        options=options,
    )[division]


def build_all(
    sales: nw.LazyFrame,
    cutoffs: Sequence[date],
    *,
    divisions: Sequence[str],
    window_months: int,
    on_sale: Sequence[str] | None = None,
    customers: nw.LazyFrame | None = None,
    attributes: Sequence[tuple[str, str]] = (),
    families: Sequence[str] | None = None,
    assets: nw.LazyFrame | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, pl.DataFrame]:
    """Return the matrix of each division on sale, from one pass over the log.

    Parameters
    ----------
    sales
        `fact_transactions` as a narwhals lazy frame; its engine does the work.
    cutoffs
        Each is computed from the rows up to it only, so every row is what that cutoff alone
        would give.
    divisions
        All of the layout in its order.
    window_months
        Months that will be predicted (the seasonality family looks at their like).
    on_sale
        The divisions to return; all when not given.
    customers, attributes
        `dim_customer` and its attribute columns with their kind.
    families
        Names; see `registry.choose`.
    assets
        What is installed or under subscription; see `known.Grains`.
    options
        The layout's settings for single families.

    Returns
    -------
    dict[str, pl.DataFrame]
        By division: customer_id, cutoff_date, then the features; sorted by cutoff and customer.
        What is the same for all divisions is held once and shared by the frames.
    """
    on_sale = list(on_sale if on_sale is not None else divisions)
    chosen = choose(families)
    refuse_engine(engines.name_of(sales), chosen)
    parts: dict[str, list[pl.DataFrame]] = {division: [] for division in on_sale}
    with grains(sales, customers, assets) as kept:
        for cutoff in cutoffs:
            known = Known(kept, cutoff, window_months, divisions, attributes, options or {})
            for division, frame in at_cutoff(known, on_sale, chosen).items():
                parts[division].append(frame)
    return {division: pl.concat(p, how="vertical_relaxed") for division, p in parts.items()}


def refuse_engine(engine: str, families: Sequence[Family]) -> None:
    """Raise ValueError for a family that does not run on `engine`; it names those it can."""
    for chosen in families:
        if engine not in chosen.engines:
            can = " or ".join(chosen.engines)
            raise ValueError(f"feature family {chosen.name!r} runs on {can}, not on {engine}")


def at_cutoff(
    known: Known, on_sale: Sequence[str], families: Sequence[Family]
) -> dict[str, pl.DataFrame]:
    """Return one row a customer known on the cutoff, with the features of `families`, a division.

    The engine reduces the log to blocks of a row a customer (or customer and division); these
    are joined here, once for what all divisions share.
    """
    blocks = merged(block for chosen in families for block in chosen.build(known))
    refuse_twins(blocks)
    lazy = [of_divisions(block, on_sale) for block in blocks]
    population, *frames = engines.fetch([known.population, *lazy])
    base = population.sort(CUSTOMER).with_columns(pl.lit(known.cutoff).alias(CUTOFF))
    pairs = list(zip(blocks, frames, strict=True))
    shared = joined(base, [p for p in pairs if DIVISION not in p[0].keys])
    own = [
        (block, frame.partition_by(DIVISION, as_dict=True, include_key=False))
        for block, frame in pairs
        if DIVISION in block.keys
    ]
    return {
        division: pl.concat(
            [shared, joined(base, [(b, part(b, f, division)) for b, f in own]).drop(base.columns)],
            how="horizontal",
        )
        for division in on_sale
    }


def refuse_twins(blocks: Sequence[Block]) -> None:
    """Raise ValueError where two features have one name."""
    names = [feature.name for block in blocks for feature in block.kept]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ValueError(f"feature {twins[0]!r} is made twice; rename it in one of its families")


def merged(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks with those of one grain and key made one: a single group-by each."""
    answer: list[Block] = []
    for block in blocks:
        for i, other in enumerate(answer):
            if other.goes_with(block):
                answer[i] = other.with_features_of(block)
                break
        else:
            answer.append(block)
    return answer


def part(block: Block, frames: Mapping[tuple, pl.DataFrame], division: str) -> pl.DataFrame:
    """Return the rows of `division`, or an empty frame with the same columns."""
    if (division,) in frames:
        return frames[(division,)]
    some = next(iter(frames.values()), None)
    if some is not None:
        return some.clear()
    names = [feature.name for feature in block.kept]
    return pl.DataFrame(schema={CUSTOMER: pl.String} | dict.fromkeys(names, pl.Float64))


def joined(base: pl.DataFrame, pairs: Iterable[tuple[Block, pl.DataFrame]]) -> pl.DataFrame:
    """Return `base` with every block joined to its left, empty sums filled in."""
    lazy, empty = base.lazy(), dict[str, float | str]()
    for block, frame in pairs:
        lazy = lazy.join(frame.lazy(), CUSTOMER, "left", maintain_order="left")
        empty |= {f.name: f.empty for f in block.kept if f.empty is not None}
    return lazy.with_columns(pl.col(n).fill_null(v) for n, v in empty.items()).collect()


def of_divisions(block: Block, on_sale: Sequence[str]) -> nw.LazyFrame:
    """Return the block's frame: where it has a row a division, of the divisions on sale only."""
    if DIVISION not in block.keys:
        return block.frame()
    return block.frame(nw.col(DIVISION).is_in(on_sale))
