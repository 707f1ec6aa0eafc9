"""What the CRM knows and the sales log does not: open deals and recent contacts, as CSV files.

An open deal or a contact counts whatever its date: nobody offers what is being talked about today.
A list of an earlier cutoff is therefore judged without these files, or with those of its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl

from gosales_lib.core import keys, timeline
from gosales_lib.core.columns import KEYS
from gosales_lib.whitespace import exclusions
from gosales_lib.whitespace.rules import Rules

DEALS = {
    "customer_id": pl.String,
    "division": pl.String,  # or product; both empty: the deal is about every division
    "product": pl.String,
    "stage": pl.String,  # empty: open; won, lost and closed ones are over
    "owner": pl.String,
    "date": pl.Date,
}
"""The columns of a file of deals; all but customer_id may be missing."""
CONTACTS = {"customer_id": pl.String, "division": pl.String, "date": pl.Date}
"""The columns of a file of contacts; division may be missing: the contact was about all."""
OVER = r"(?i)^\s*(closed|won|lost)\b"
OPEN = "open"


def deals(path: str, sold_in: Mapping[str, str], divisions: Sequence[str]) -> pl.DataFrame:
    """Return the open deals: customer_id, division (null: every division), owner, stage.

    Parameters
    ----------
    sold_in
        The division of every product (`layout.sold_in`), for deals that name a product.

    Raises
    ------
    FileNotFoundError, ValueError
        The file, and the column, the division, the product or the date that is wrong.
    """
    rows = _read(path, "open_deals", DEALS)
    names = rows.filter(pl.col("division").is_null()).drop_nulls("product")["product"].unique()
    if strangers := sorted(set(names) - set(sold_in)):
        raise ValueError(f"{path}: product {strangers[0]!r} is in no division of the layout")
    of = pl.col("product").replace_strict(dict(sold_in), default=None, return_dtype=pl.String)
    told = rows.with_columns(division=pl.coalesce("division", of))
    exclusions.known_divisions(path, told, divisions)
    going = ~pl.col("stage").fill_null("").str.contains(OVER)
    return told.filter(going).select(*KEYS, "owner", "stage")


def barred(rules: Rules, divisions: Sequence[str]) -> pl.DataFrame:
    """Return who must not be called: the exclusions, and who was contacted lately.

    A contact bars for `contact_cooldown_days` from its day on; the columns are those of
    `exclusions.EXCLUDED`.
    """
    excluded = exclusions.read(rules.exclusions, divisions)
    contacts = _read(rules.contacts, "contacts", CONTACTS).drop_nulls("date")
    exclusions.known_divisions(rules.contacts, contacts, divisions)
    until = pl.col("date") + timedelta(days=rules.contact_cooldown_days)
    lately = contacts.with_columns(reason=pl.lit("contacted"), until=until)
    return pl.concat([excluded, lately.select(*exclusions.EXCLUDED)])


def opened(cells: pl.DataFrame, going: pl.DataFrame) -> pl.DataFrame:
    """Return the grid with the state `open` where a deal is open: it is shown, not offered again.

    Parameters
    ----------
    going
        What `deals` returned.
    """
    everywhere = going.filter(pl.col("division").is_null())["customer_id"].unique()
    pairs = going.drop_nulls("division").select(KEYS).unique().with_columns(deal=pl.lit(True))
    rows = cells.join(pairs, KEYS, "left", maintain_order="left")
    is_open = pl.col("deal").fill_null(False) | pl.col("customer_id").is_in(everywhere.implode())
    state = pl.when(is_open).then(pl.lit(OPEN)).otherwise("state")
    return rows.with_columns(state=state).drop("deal")


def _read(path: str, key: str, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Return a CSV file with the columns of a schema; no row without a path."""
    from gosales_lib.core import settings

    if not path:
        return pl.DataFrame(schema=dict(schema))
    file = Path(settings.resolve(path))
    if not file.is_file():
        raise FileNotFoundError(f"{key} {path} does not exist")
    raw = pl.read_csv(file, infer_schema=False, encoding="utf8").rename(str.strip)
    if "customer_id" not in raw.columns or (odd := set(raw.columns) - set(schema)):
        odd = {"no customer_id"} if "customer_id" not in raw.columns else odd
        raise ValueError(f"{path}: {', '.join(sorted(odd))}; columns are {', '.join(schema)}")
    missing = [pl.lit(None, pl.String).alias(c) for c in schema if c not in raw.columns]
    texts = raw.with_columns(missing).select(pl.col(*schema).str.strip_chars())
    rows = texts.with_columns(pl.when(pl.col(c) != "").then(pl.col(c)) for c in schema)
    try:
        days = [text and timeline.parse_date(text, "date") for text in rows["date"]]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return rows.with_columns(pl.Series("date", days, pl.Date)).with_columns(
        keys.normal("customer_id").alias("customer_id")
    )
