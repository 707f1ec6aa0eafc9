"""Relations between numbers of a line: price times quantity, net plus tax, shares of the money."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from gosales_lib.layout_init.evidence import Table

Numbers = dict[str, np.ndarray]
ENOUGH, MOST = 4, 0.95
"""Rows that a relation needs, and the share of them that must agree."""
SOME = 20_000
CENT = 0.011
STEADY = 0.25
"""Relative spread of a product's numbers up to which they are its price."""
LARGEST = 0.9
"""Largest share of the money that a discount takes off."""
RISES, RISES_SOME, ENOUGH_LINES = 0.7, 0.3, 12
"""Rank correlation with the lines' money, of a cost and of a profit; lines that tell one."""
FEW_SHARES, SMALL_SHARE, LARGE_SHARE = 5, 0.2, 0.35
"""Different shares of the money that a tax has; up to the last one it may be a tax or a bonus."""
MOST_LOSSES, LEAST_MARGIN = 0.4, 0.05
"""Share of the lines with a loss, and usual share of the money, of a column that is the profit."""


def numbers(log: Table, columns: Iterable[str]) -> Numbers:
    """Return columns as numbers, each by its own decimal sign; at most the first rows, in order."""
    return {n: log.numbers(n, first=SOME).cast(pl.Float64).to_numpy() for n in columns}


def ratio(numbers: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return a column divided by another one; it is not finite where the other one is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        answer: np.ndarray = numbers / other
        return answer


def agree(numbers: np.ndarray, other: np.ndarray, per_unit: np.ndarray | float = 0.0) -> bool:
    """Return whether two columns agree to the cent; a rounded price adds an error per unit."""
    both = np.isfinite(numbers) & np.isfinite(other)
    if both.sum() < ENOUGH or not np.any(numbers[both]):
        return False
    most = np.broadcast_to(slack(per_unit), numbers.shape)[both]
    return bool(np.mean(np.abs(numbers[both] - other[both]) <= most) >= MOST)


def slack(per_unit: np.ndarray | float) -> np.ndarray | float:
    """Return by how much money may differ that is rounded to cents, and of prices per unit."""
    return CENT + 0.0051 * np.abs(per_unit)


def varies(numbers: np.ndarray) -> bool:
    """Return whether a column holds more than one number."""
    return len(np.unique(numbers[np.isfinite(numbers)])) > 1


def multiples(numbers: np.ndarray, other: np.ndarray) -> dict[float, int]:
    """Return the factors by which one column is another one, each with its number of rows.

    A factor has three digits and no sign. Factors of few rows are left out, and all of them are
    where these rows are many together.
    """
    both = np.isfinite(numbers) & np.isfinite(other) & (numbers * other != 0)
    if both.sum() < ENOUGH:
        return {}
    ratios = [float(f"{one:.3g}") for one in np.abs(numbers[both] / other[both])]
    factors, counts = np.unique(ratios, return_counts=True)
    often = counts > (1 - MOST) * len(ratios)
    if counts[often].sum() < MOST * len(ratios):
        return {}
    return dict(zip(factors[often].tolist(), counts[often].tolist(), strict=True))


def filled(numbers: np.ndarray) -> np.ndarray:
    """Return a column where a blank is 0: no discount, no tax."""
    answer: np.ndarray = np.nan_to_num(numbers, nan=0.0)
    return answer


def is_unit(
    numbers: np.ndarray,
    quantity: np.ndarray,
    products: pl.Series | None = None,
    most: float = 0.5,
) -> bool | None:
    """Return whether a column is per unit rather than per line; None if nothing shows it.

    Of one product, or of all rows without products, the price per unit varies less from line to
    line than the line's total does: at most by `most` of what the other varies.
    """
    frame = _grouped(products, number=numbers, quantity=quantity).filter(pl.col("quantity") != 0)
    groups = frame.group_by("by").agg(
        as_it_is=_spread(pl.col("number")),
        per_unit=_spread(pl.col("number") / pl.col("quantity")),
        quantities=pl.col("quantity").n_unique(),
    )
    groups = groups.filter(pl.col("quantities") > 1).drop_nulls()
    groups = groups.filter(pl.all_horizontal(pl.col("as_it_is", "per_unit").is_finite()))
    if groups.is_empty():
        return None
    plain, divided = (float(np.median(groups[name])) for name in ("as_it_is", "per_unit"))
    if max(plain, divided) < 1e-9 or min(plain, divided) > most * max(plain, divided):
        return None
    return plain < divided


def spread(numbers: np.ndarray, products: pl.Series) -> float:
    """Return the median relative spread of a product's values; 9 where none has two."""
    groups = _grouped(products, number=numbers).group_by("by").agg(spread=_spread(pl.col("number")))
    spreads = groups["spread"].drop_nulls()
    return float(np.median(spreads)) if len(spreads) else 9.0


def steadier(one: np.ndarray, other: np.ndarray, products: pl.Series) -> bool | None:
    """Return whether one reading of a price varies far less than another; None if none does.

    Only products count of which some rows, and not all, differ by the reading.
    """
    frame = pl.DataFrame({"by": products.head(len(one)), "differs": one != other})
    differs = pl.col("differs").any().over("by") & ~pl.col("differs").all().over("by")
    tell = frame.select(differs).to_series()
    if tell.sum() < ENOUGH:
        return None
    spreads = [spread(each[tell.to_numpy()], frame["by"].filter(tell)) for each in (one, other)]
    return spreads[0] < spreads[1] if min(spreads) <= max(spreads) / 2 else None


def fall_by(prices: np.ndarray, shares: np.ndarray, products: pl.Series) -> bool:
    """Return whether prices fall by the shares of a discount, and surely by more than a half of it.

    Prices with a discount are compared with the usual one of their product without it.
    """
    frame = _grouped(products, price=prices, share=shares)
    frame = frame.filter(pl.col("price") > 0, pl.col("share").is_between(0, LARGEST))
    usual = pl.col("price").filter(pl.col("share") == 0).median().over("by")
    moved = (pl.col("price") / usual).log()
    told = (1 - pl.col("share")).log()
    fell = frame.select(moved=moved, told=told).drop_nulls().filter(pl.col("told") < 0).to_numpy()
    if len(fell) < ENOUGH_LINES:
        return False
    weight = (fell[:, 1] ** 2).sum()
    slope = (fell[:, 0] * fell[:, 1]).sum() / weight
    error = np.sqrt(np.mean((fell[:, 0] - slope * fell[:, 1]) ** 2) / weight)
    return bool(slope - 2 * error > 0.5)


def _grouped(by: pl.Series | None, **columns: np.ndarray) -> pl.DataFrame:
    """Return numbers beside what groups them (`by`), without rows that lack one of them."""
    height = len(next(iter(columns.values())))
    groups = pl.repeat("", height, eager=True) if by is None else by.head(height)
    frame = pl.DataFrame({"by": groups, **columns})
    return frame.filter(pl.all_horizontal(pl.col(*columns).is_finite()))


def _spread(number: pl.Expr) -> pl.Expr:
    return number.std() / number.mean().abs()


def is_taxed(money: np.ndarray, tax: np.ndarray) -> bool:
    """Return whether money includes a tax: the tax is then a round rate of money less tax.

    A rate such as 19% or 8.25% is round. If money excludes the tax, the tax is a round rate of it.
    """
    some = np.isfinite(money) & np.isfinite(tax) & (tax > 0) & (money > tax)
    if some.sum() < ENOUGH:
        return False
    some &= tax >= np.quantile(tax[some], 0.8)  # the largest suffer least from being rounded
    inside, outside = (_round(tax[some] / of[some]) for of in (money - tax, money))
    return inside >= MOST and outside < MOST


def _round(rates: np.ndarray) -> float:
    """Return the share of rates that are near a multiple of a quarter percent."""
    steps = rates / 0.0025
    return float(np.mean(np.abs(steps - np.round(steps)) < 0.02))


def like_cost(numbers: np.ndarray, money: np.ndarray) -> bool:
    """Return whether a column is a large or varying share of the money of its line.

    A tax or a commission is one of few shares or a small one, and a weight does not rise with the
    money.
    """
    own, whole = _told(numbers, money)
    shares = own / whole
    if shares.size < ENOUGH_LINES or np.mean((shares > 0) & (shares < 1)) < MOST:
        return False
    rates = np.unique(np.round(shares, 2)).size
    rise, usual = rank(numbers, money), np.median(shares)
    is_levy = usual < LARGE_SHARE and (usual < SMALL_SHARE or rates <= FEW_SHARES)
    return bool(not is_levy and rise > RISES)


def like_levy(numbers: np.ndarray, money: np.ndarray) -> bool:
    """Return whether a column is 0 on many lines, or one of few shares of the money: no cost."""
    both = np.isfinite(numbers) & np.isfinite(money) & (money > 0)
    if both.sum() < ENOUGH_LINES or np.mean(numbers[both] >= 0) < MOST:
        return False
    shares = np.round(numbers[both] / money[both], 2)
    few = np.unique(shares).size <= FEW_SHARES or np.mean(shares == 0) >= SMALL_SHARE
    return bool(few and 0 < np.nansum(numbers[both]) < np.nansum(money[both]) / 2)


def is_share(numbers: np.ndarray, money: np.ndarray) -> bool:
    """Return whether a column is one share of the money on all lines, less than a half of it.

    The same money in another unit, such as thousands, is no share.
    """
    both = np.isfinite(numbers) & np.isfinite(money) & (money > 0) & (numbers > 0)
    if both.sum() < ENOUGH_LINES:
        return False
    share = float(f"{np.median(numbers[both] / money[both]):.3g}")
    is_unit = f"{share:e}".startswith("1.000000e")
    return share < 0.5 and not is_unit and agree(numbers, share * money)


def like_profit(numbers: np.ndarray, money: np.ndarray) -> bool:
    """Return whether a column is a varying share of the money of its line with some losses.

    A cost, a tax or a commission of a sale is never below 0, and a deviation is no share.
    """
    own, whole = _told(numbers, money)
    shares = own / whole
    if shares.size < ENOUGH_LINES or np.mean(shares < 1) < MOST:
        return False
    losses, usual = np.mean(shares < 0), np.median(shares)
    rise = rank(numbers, money)
    return bool(1 - MOST < losses < MOST_LOSSES and usual > LEAST_MARGIN and rise > RISES_SOME)


def rank(numbers: np.ndarray, money: np.ndarray) -> float:
    """Return the rank correlation of a column with the money of its line, where that is positive.

    It is 1.0 where too few lines tell it.
    """
    own, whole = _told(numbers, money)
    frame = pl.DataFrame({"one": own, "money": whole})
    one = frame.select(pl.corr("one", "money", method="spearman")).item()
    return 1.0 if own.size < ENOUGH_LINES or one is None or np.isnan(one) else float(one)


def _told(numbers: np.ndarray, money: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a column and the money on the lines with both, where the money is positive."""
    both = np.isfinite(numbers) & np.isfinite(money) & (money > 0) & (numbers != 0)
    return numbers[both], money[both]
