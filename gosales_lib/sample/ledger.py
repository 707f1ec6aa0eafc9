"""The ledger: sales and returns of one run of the process, with products, days and profits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from gosales_lib.sample import catalogue, process
from gosales_lib.sample.population import Population

FIRST_YEAR = 2020  # the process starts before the log does, so that customers own things
YEARLY_PRICES = 1.03
NOISE = 0.25  # deviation of the log of a margin
LOSS, DISCOUNT = 0.03, 0.10  # shares of orders sold at a loss, or at a third off
MEAN_MARGIN = 1 - LOSS * 1.3 - DISCOUNT * 0.35  # a loss is -0.3 of the usual profit


@dataclass
class Recorder:
    """Collects a process's events; a return points at the sale of the month before."""

    shape: tuple[int, int]

    def __post_init__(self) -> None:
        self.parts: list[pl.DataFrame] = []
        self.rows = 0
        self.sale = np.full(self.shape, -1, np.int64)

    def add(self, month: int, bought: np.ndarray, back: np.ndarray) -> None:
        """Add the purchases and the returns of a month."""
        for amount, sign in ((back, -1), (bought, 1)):
            division, customer = np.nonzero(amount)
            row = np.arange(self.rows, self.rows + len(division))
            sale = row if sign > 0 else self.sale[division, customer]
            if sign > 0:
                self.sale[division, customer] = row
            self.rows += len(division)
            part = {
                "row": row,
                "sale": sale,
                "month": np.full(len(division), month),
                "division": division,
                "customer": customer,
                "quantity": sign * amount[division, customer].astype(np.float64),
            }
            self.parts.append(pl.DataFrame(part))

    def events(self) -> pl.DataFrame:
        """Return all events: row, sale, month, division, customer, quantity."""
        return pl.concat(self.parts)


def run(
    state: process.State,
    people: Population,
    months: range,
    rng: np.random.Generator,
    book: Recorder,
) -> None:
    """Move the state over the months and record its events."""
    for month in months:
        book.add(month, *process.step(state, people, month, rng))


def mix(people: Population) -> np.ndarray:
    """Return P(product | division, customer) as (products, customers)."""
    odds = np.array([p.weight * np.exp(p.premium * people.size) for p in catalogue.PRODUCTS])
    division = np.array([p.division for p in catalogue.PRODUCTS])
    total = np.array([odds[division == d].sum(0) for d in range(len(catalogue.DIVISIONS))])
    answer: np.ndarray = odds / total[division]
    return answer


def prices(people: Population, months: range) -> np.ndarray:
    """Return the mean gross profit of a unit as (months, divisions, customers)."""
    unit = np.array([p.unit_gp for p in catalogue.PRODUCTS])[:, None] * mix(people)
    division = np.array([p.division for p in catalogue.PRODUCTS])
    mean = np.array([unit[division == d].sum(0) for d in range(len(catalogue.DIVISIONS))])
    return np.array([mean * people.terms * MEAN_MARGIN * level(month) for month in months])


def level(month: np.ndarray | int) -> np.ndarray | float:
    """Return the price level of a month."""
    return YEARLY_PRICES ** (np.asarray(month) / 12)


def priced(events: pl.DataFrame, people: Population, rng: np.random.Generator) -> pl.DataFrame:
    """Return the events with product and gross_profit; a return takes its sale's back."""
    division, customer = events["division"].to_numpy(), events["customer"].to_numpy()
    order = np.array([p.division for p in catalogue.PRODUCTS])
    first = np.searchsorted(order, np.arange(len(catalogue.DIVISIONS)))
    share = np.cumsum(mix(people), 0)[:, customer]
    chance = rng.random(events.height) + division  # each division's shares add up to 1
    product = np.minimum((share < chance).sum(0), len(order) - 1)
    product = np.clip(product, first[division], np.append(first[1:], len(order))[division] - 1)
    luck = rng.random(events.height)
    usual = np.exp(rng.normal(-(NOISE**2) / 2, NOISE, events.height))
    margin = usual * np.where(luck < LOSS, -0.3, np.where(luck < LOSS + DISCOUNT, 0.65, 1))
    unit = np.array([p.unit_gp for p in catalogue.PRODUCTS])[product] * people.terms[customer]
    sale = events["sale"].to_numpy()
    unit = (unit * margin * level(events["month"].to_numpy()))[sale]
    return events.with_columns(
        product=pl.Series(product[sale]),
        gross_profit=pl.Series(unit * events["quantity"].to_numpy()).round(2),
    )


def dated(events: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the events with `date`: one or two order days per customer and month, late in it."""
    kind = (
        events.select("month", "customer", back=pl.col("quantity") < 0)
        .with_columns(second=pl.Series(rng.random(events.height) < 0.2))
        .with_columns(pl.struct(pl.all()).rank("dense").cast(pl.Int64).alias("key") - 1)
    )
    count = (kind.select(pl.max("key")).item() or 0) + 1
    late, early = rng.beta(1.7, 1.0, count), rng.beta(1.0, 2.0, count)
    key = kind["key"].to_numpy()
    part = np.where(kind["back"].to_numpy(), early[key], late[key])
    month = events["month"].to_numpy()
    start = np.datetime64(f"{FIRST_YEAR}-01", "M") + month
    days = ((start + np.timedelta64(1, "M")).astype("M8[D]") - start.astype("M8[D]")).astype(int)
    date = start.astype("M8[D]") + np.floor(part * days).astype(int)
    work = np.busday_offset(date, 0, roll="modifiedpreceding")  # stays within the month
    return events.with_columns(date=pl.Series(work.astype("M8[D]")).cast(pl.Date))


def reaching(events: pl.DataFrame, last: dt.date) -> pl.DataFrame:
    """Return the events and, where none is on the last day, a freight charge (quantity 0)."""
    if events.height == 0 or events["date"].max() == last:
        return events
    charge = events.filter(pl.col("quantity") > 0).sort("date", "row").tail(1)
    charge = charge.with_columns(quantity=pl.lit(0.0), gross_profit=pl.lit(12.5), date=pl.lit(last))
    return pl.concat([events, charge.select(events.columns)], how="vertical_relaxed")
