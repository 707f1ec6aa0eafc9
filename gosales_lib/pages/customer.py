"""One account: what it is, what it bought, what it may buy next and why, and who is like it."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from gosales_lib import timeline
from gosales_lib.charts import glance
from gosales_lib.pages import source, words
from gosales_lib.pages.blocks import (
    Block,
    Cards,
    Choice,
    Column,
    Heading,
    Note,
    Page,
    Picture,
    Section,
    Table,
)
from gosales_lib.pages.source import NotShownError, Shown
from gosales_lib.pages.view import View

MATCHES = 20
LIKE = 5
SCORES = (
    Column("division", "Division", link="division"),
    Column("probability", "Probability", "bar"),
    Column("better", "Ahead of", "percent"),
    Column("purchase_type", "Would be", "range"),
    Column("expected_gp", "Expected profit", "money"),
    Column("place", "On the list", "range"),
    Column("reasons", "Why", "reasons", wide=True),
)
OWNED = (
    Column("division", "Division", link="division"),
    Column("first", "First bought", "date"),
    Column("last", "Last bought", "date"),
    Column("orders", "Orders", "number"),
    Column("year", "Profit, 12 months", "money"),
    Column("ever", "Profit, ever", "money"),
)
ALIKE = (
    Column("customer", "Customer", link="customer", key="customer_id", wide=True),
    Column("shared", "Products in common", "number"),
    Column("likeness", "Likeness", "percent"),
    Column("bought", "Bought in the last year, and this one never", wide=True),
)
BEST = (
    Column("customer", "Customer", link="customer", key="customer_id", wide=True),
    Column("rep", "Rep"),
    Column("offers", "Offers to call", "number"),
    Column("divisions", "Divisions", wide=True),
    Column("worth", "Expected profit", "money"),
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
        return Page([choice, best(shown)])
    if shown.customers.filter(customer_id=view.customer).is_empty():
        return Page([choice, *guessed(shown, view.customer)])
    return Page([choice, *of(shown, view.customer).blocks])


def guessed(shown: Shown, text: str) -> list[Block]:
    """Return the customers that a text may mean, where it is nobody's number."""
    found = matching(shown.customers, text)
    if not found:
        return [Note(f"No customer of this run has “{text}” in its name or number.", "warning")]
    rows = pl.DataFrame(found, schema=["customer", "customer_id"], orient="row")
    columns = (Column("customer", "Customer", link="customer", key="customer_id", wide=True),)
    below = f"The first {MATCHES}." if rows.height == MATCHES else ""
    return [Section([Heading(f"Customers with “{text}”", below), Table(columns, rows)])]


def best(shown: Shown) -> Section:
    """Return the customers worth most on the list, for whoever has nobody in mind."""
    chosen = shown.listed.filter("chosen").with_columns(pl.col("division", "rep").cast(pl.String))
    rows = (
        chosen.group_by("customer_id")
        .agg(
            customer=pl.coalesce("customer_name", "customer_id").first(),
            rep=pl.col("rep").first(),
            offers=pl.len(),
            divisions=pl.col("division").sort_by("rank").str.join(", "),
            worth=pl.col("expected_gp").sum(),
        )
        .sort("worth", "customer_id", descending=[True, False])
        .head(MATCHES)
    )
    below = "Search above, or begin with those who are worth most on the list."
    return Section([Heading("Which customer?", below), Table(BEST, rows, unit=shown.currency)])


def of(shown: Shown, customer_id: str) -> Page:
    """Return the page of one customer."""
    who = shown.customers.filter(customer_id=customer_id).row(0, named=True)
    sales = sales_of(shown, customer_id)
    unit, months = shown.currency, shown.window_months
    until = f"Probability of a purchase in the {months} months after {words.day(shown.cutoff)}."
    blocks: list[Block] = [
        Heading(who["customer_name"] or customer_id, described(shown, who)),
        cards(shown, sales),
        Section(
            [
                Heading("What it may buy next", until),
                Table(SCORES, scores(shown, customer_id), unit=unit),
            ]
        ),
    ]
    if sales.height:
        picture = Picture(glance.quarters(sales, unit), "Gross profit by quarter and division")
        table = Table(OWNED, owned(shown, sales), unit=unit)
        blocks.append(Section([Heading("What it owns"), picture, table]))
    alike = similar(shown, customer_id)
    if alike.height:
        below = "Customers who own most of the same products, and what they bought that it did not."
        heading = Heading("Customers like this one", below)
        blocks.append(Section([heading, Table(ALIKE, alike)]))
    return Page(blocks)


def owned(shown: Shown, sales: pl.DataFrame) -> pl.DataFrame:
    """Return what the customer bought of each division: since when, how lately, how much."""
    year = nw.from_native(sales).filter(lately(shown)).to_native()
    recent = year.group_by("division").agg(year=pl.col("gross_profit").sum())
    ever = sales.group_by("division").agg(
        first=pl.col("order_date").min(),
        last=pl.col("order_date").max(),
        orders=pl.col("invoice").n_unique(),
        ever=pl.col("gross_profit").sum(),
    )
    joined = ever.join(recent, "division", "left").with_columns(pl.col("year").fill_null(0.0))
    return joined.sort("last", "division", descending=[True, False])


def described(shown: Shown, who: dict) -> str:
    """Return id, rep, branch and attributes in one line."""
    known = {"rep": who["rep"], "branch": who["branch"]}
    skip = {"customer_id", "customer_name", "first_order_date", "last_order_date", *known}
    known |= {name: value for name, value in who.items() if name not in skip}
    told = [f"{name}: {_plain(value)}" for name, value in known.items() if value is not None]
    return " · ".join([f"number {who['customer_id']}", *told])


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


def cards(shown: Shown, sales: pl.DataFrame) -> Cards:
    """Return since when, how much and how lately the customer bought."""
    year = nw.from_native(sales).filter(lately(shown)).to_native()
    unit = shown.currency
    first, last = sales.select(low=pl.min("order_date"), high=pl.max("order_date")).row(0)
    days = (timeline.parse_date(shown.cutoff) - last).days if last else None
    ago = f"{days:,} days before the cutoff" if days is not None else "never by the cutoff"
    return Cards(
        [
            (
                "Gross profit, 12 months",
                words.money(float(year["gross_profit"].sum()), unit),
                f"of {words.money(float(sales['gross_profit'].sum()), unit)} ever",
            ),
            ("Orders, 12 months", f"{year['invoice'].n_unique():,}", "invoices"),
            ("Last order", words.day(last), ago),
            ("Customer since", words.day(first), "first order"),
            (
                "Divisions owned",
                f"{sales['division'].n_unique()}",
                f"of {len(shown.etl['divisions'])}",
            ),
        ]
    )


def scores(shown: Shown, customer_id: str) -> pl.DataFrame:
    """Return the customer's score in every division, the best chance first, with the reasons.

    A division that is offered has the list's probability, which is corrected for first purchases.
    """
    offered = shown.with_reasons(shown.offered(customer_id)).to_dicts()
    listed = {str(offer["division"]): offer for offer in offered}
    rows = []
    for division in shown.divisions:
        row, offer = _score(shown, division, customer_id), listed.get(division)
        if offer:
            row |= {name: offer[name] for name in ("probability", "expected_gp")}
            row["place"] = f"rank {offer['rank']:,}" + ", to call" * bool(offer["chosen"])
            told = [offer[name] for name in source.REASONS if offer[name]]
            row["reasons"] = "\n".join(told) or row["reasons"]
        rows.append(row)
    frame = pl.DataFrame(rows, schema=SCORED)
    return frame.sort("probability", "division", descending=[True, False], nulls_last=True)


SCORED = {
    "division": pl.String,
    "probability": pl.Float64,
    "better": pl.Float64,
    "purchase_type": pl.String,
    "expected_gp": pl.Float64,
    "place": pl.String,
    "reasons": pl.String,
}


def _score(shown: Shown, division: str, customer_id: str) -> dict:
    row: dict = dict.fromkeys(SCORED) | {"division": division}
    if not shown.report(division, "03_train").get("verdict", {}).get("signal"):
        return row | {"reasons": "no signal: its model is no better than chance"}
    try:
        found = shown.of(division, "scores", customer_id)
        reasons = shown.of(division, "reasons", customer_id)
    except NotShownError:
        return row | {"reasons": "not scored in this run"}
    if found.is_empty():
        return row | {"reasons": "no order by the cutoff, so nothing to go by"}
    score = found.row(0, named=True)
    kept = {name: score[name] for name in ("probability", "purchase_type", "expected_gp")}
    said = "\n".join(_signed(reasons))
    return row | kept | {"better": score["percentile"] / 100, "reasons": said or None}


def _signed(reasons: pl.DataFrame) -> list[str]:
    speaking = reasons.filter(pl.col("effect") > 0)["reason"].to_list()[:3]
    against = reasons.filter(pl.col("effect") < 0)["reason"].to_list()[:2]
    return [*speaking, *(f"against it: {text}" for text in against)]


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
            "customer_id",
            customer=pl.coalesce("customer_name", "customer_id"),
            shared="shared",
            likeness="likeness",
            bought=pl.col("bought").fill_null("nothing else"),
        )
    )
