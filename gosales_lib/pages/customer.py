"""One account: what it is, what it bought, what it may buy next and why, and who is like it."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from gosales_lib import timeline
from gosales_lib.charts import sales as pictures
from gosales_lib.pages.blocks import (
    Block,
    Cards,
    Choice,
    Column,
    Heading,
    Note,
    Page,
    Picture,
    Table,
)
from gosales_lib.pages.source import NotShownError, Shown
from gosales_lib.pages.view import View

MATCHES = 20
LIKE = 5
SCORES = (
    Column("division", "Division"),
    Column("probability", "Chance", "percent"),
    Column("percentile", "Better than", "percent"),
    Column("purchase_type", "Would be"),
    Column("expected_gp", "Expected gross profit", "money"),
    Column("place", "On the list"),
    Column("reasons", "Why", "reasons", wide=True),
)
ALIKE = (
    Column("customer", "Customer", wide=True),
    Column("shared", "Products in common", "number"),
    Column("likeness", "Likeness", "percent"),
    Column("bought", "Bought lately, and this one never", wide=True),
)


def matching(customers: pl.DataFrame, text: str) -> list[tuple[str, str]]:
    """Return up to 20 customers as (label, id) whose name or id holds the text, in any case."""
    found = customers
    if text := text.strip().lower():
        name = pl.col("customer_name").fill_null("").str.to_lowercase()
        number = pl.col("customer_id").str.to_lowercase()
        hit = name.str.contains(text, literal=True) | number.str.contains(text, literal=True)
        found = customers.filter(hit)
    head = found.head(MATCHES).select("customer_id", "customer_name").iter_rows()
    return [(f"{name or 'no name'} ({number})", number) for number, name in head]


def page(shown: Shown, view: View) -> Page:
    """Return the tab: the search, and the customer that it found."""
    choice = Choice("customer", "Customer", view.customer, None, "name or number")
    if not view.customer:
        return Page([choice, *nobody().blocks])
    return Page([choice, *of(shown, view.customer).blocks])


def of(shown: Shown, customer_id: str) -> Page:
    """Return the page of one customer."""
    known = shown.customers.filter(customer_id=customer_id)
    if known.is_empty():
        raise NotShownError(f"Customer {customer_id!r} is not in this run.")
    who = known.row(0, named=True)
    sales = sales_of(shown, customer_id)
    blocks: list[Block] = [
        Heading(who["customer_name"] or customer_id, described(shown, who)),
        cards(shown, who, sales),
        Heading("What it may buy next", f"In the {shown.window_months} months after the cutoff."),
        Table(SCORES, scores(shown, customer_id)),
    ]
    if sales.height:
        blocks += [
            Heading("What it bought"),
            Picture(
                pictures.by_quarter(sales, shown.currency), "Gross profit by quarter and division"
            ),
        ]
    alike = similar(shown, customer_id)
    if alike.height:
        below = "Customers who own most of the same products, and what they bought in a year."
        blocks += [Heading("Customers like this one", below), Table(ALIKE, alike)]
    return Page(blocks)


def described(shown: Shown, who: dict) -> str:
    """Return id, rep, branch and attributes in one line."""
    known = {"rep": who["rep"], "branch": who["branch"]}
    skip = {"customer_id", "customer_name", "first_order_date", "last_order_date", *known}
    known |= {name: value for name, value in who.items() if name not in skip}
    told = [f"{name} {_plain(value)}" for name, value in known.items() if value is not None]
    return " · ".join([f"customer {who['customer_id']}", *told])


def _plain(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else str(value)


def known_sales(shown: Shown) -> nw.LazyFrame:
    """Return the sales up to the cutoff, not yet read."""
    rows = nw.from_native(pl.scan_parquet(shown.run.path / "fact_transactions.parquet"))
    return rows.filter(timeline.known(timeline.to_day(shown.cutoff)))


def lately(shown: Shown) -> nw.Expr:
    """Return the condition that a sale lies in the year up to the cutoff."""
    return timeline.last_months(timeline.parse_date(shown.cutoff), 12)


def sales_of(shown: Shown, customer_id: str) -> pl.DataFrame:
    """Return the customer's sales up to the cutoff."""
    rows = known_sales(shown).filter(nw.col("customer_id") == customer_id)
    try:
        return rows.to_native().collect()
    except (OSError, pl.exceptions.PolarsError):
        raise NotShownError(f"fact_transactions of run {shown.run.id} cannot be read.") from None


def cards(shown: Shown, who: dict, sales: pl.DataFrame) -> Cards:
    """Return since when, how much and how lately the customer bought."""
    year = nw.from_native(sales).filter(lately(shown)).to_native()
    unit = shown.currency
    last = sales["order_date"].max()
    days = (timeline.parse_date(shown.cutoff) - last).days if last else None
    ago = f"{days:,} days before the cutoff" if days is not None else "never by the cutoff"
    return Cards(
        [
            ("Customer since", str(sales["order_date"].min() or "-"), "first order"),
            ("Last order", str(last or "-"), ago),
            (
                "Gross profit, 12 months",
                f"{year['gross_profit'].sum():,.0f} {unit}",
                f"of {sales['gross_profit'].sum():,.0f} ever",
            ),
            ("Orders, 12 months", f"{year['invoice'].n_unique():,}", "invoices"),
            (
                "Divisions owned",
                f"{sales['division'].n_unique()}",
                f"of {len(shown.etl['divisions'])}",
            ),
        ]
    )


def scores(shown: Shown, customer_id: str) -> pl.DataFrame:
    """Return the customer's score in every division, the best chance first, with the reasons."""
    rows = []
    offered = shown.offered(customer_id)
    for division in shown.divisions:
        row = _score(shown, division, customer_id)
        place = offered.filter(pl.col("division").cast(pl.String) == division)
        listed = place.height and place["chosen"][0]
        rows.append(row | {"place": f"rank {place['rank'][0]:,}" if listed else "no"})
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.sort("probability", descending=True, nulls_last=True)


def _score(shown: Shown, division: str, customer_id: str) -> dict:
    empty = {"division": division, "probability": None, "percentile": None}
    empty |= {"purchase_type": "", "expected_gp": None, "reasons": ""}
    trained = shown.report(division, "03_train")
    if not trained.get("verdict", {}).get("signal"):
        return empty | {"reasons": "no signal: this division's model is no better than chance"}
    try:
        found = shown.of(division, "scores").filter(customer_id=customer_id)
        reasons = shown.of(division, "reasons").filter(customer_id=customer_id)
    except NotShownError:
        return empty | {"reasons": "not scored in this run"}
    if found.is_empty():
        return empty | {"reasons": "no order by the cutoff"}
    row = found.row(0, named=True)
    said = _signed(reasons)
    keep = {"probability": row["probability"], "percentile": row["percentile"] / 100}
    return {
        **empty,
        **keep,
        "purchase_type": row["purchase_type"],
        "expected_gp": row["expected_gp"],
        "reasons": "\n".join(said) or "reasons are kept for the best customers only",
    }


def _signed(reasons: pl.DataFrame) -> list[str]:
    up = (f"↑ {text}" for text in reasons.filter(pl.col("effect") > 0)["reason"][:3])
    down = (f"↓ {text}" for text in reasons.filter(pl.col("effect") < 0)["reason"][:2])
    return [*up, *down]


def similar(shown: Shown, customer_id: str) -> pl.DataFrame:
    """Return the customers who share most products, by Jaccard's index of what was ever bought.

    With each: the divisions bought in the last year that this customer never bought.
    Source: Jaccard, "The distribution of the flora in the alpine zone" (1912).
    """
    bought = known_sales(shown).filter(nw.col("quantity") > 0).to_native()
    owned = bought.select("customer_id", "product").unique()
    mine = owned.filter(customer_id=customer_id)
    size = owned.group_by("customer_id").len("size")
    same = owned.join(mine.select("product"), "product", "semi")
    shared = same.group_by("customer_id").len("shared")
    near, count = pl.collect_all([shared.join(size, "customer_id"), mine.select(pl.len())])
    total = count.item()
    near = (
        near.filter(pl.col("customer_id") != customer_id)
        .with_columns(likeness=pl.col("shared") / (pl.col("size") + total - pl.col("shared")))
        .sort("likeness", "customer_id", descending=[True, False])
        .head(LIKE)
    )
    return _with_news(shown, near, bought, customer_id)


def _with_news(
    shown: Shown, near: pl.DataFrame, bought: pl.LazyFrame, customer_id: str
) -> pl.DataFrame:
    mine = bought.filter(customer_id=customer_id).select("division").unique()
    year = nw.from_native(bought).filter(lately(shown)).to_native()
    news = (
        year.join(near.lazy().select("customer_id"), "customer_id", "semi")
        .join(mine, "division", "anti")
        .group_by("customer_id")
        .agg(pl.col("division").unique().sort().str.join(", ").alias("bought"))
        .collect()
    )
    named = shown.customers.select("customer_id", "customer_name")
    return (
        near.join(news, "customer_id", "left", maintain_order="left")
        .join(named, "customer_id", "left", maintain_order="left")
        .select(
            customer=pl.coalesce("customer_name", "customer_id"),
            shared="shared",
            likeness="likeness",
            bought=pl.col("bought").fill_null("nothing else"),
        )
    )


def nobody() -> Page:
    """Return the page before a customer is chosen."""
    return Page([Note("Search a customer by name or number, then choose one.", "info")])
