"""The sales log: files in, tidy rows out, and an account of every row and every cent."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from gosales_lib.core import settings
from gosales_lib.core.columns import (
    ACCOUNTS,
    ASSETS,
    DIM_CUSTOMER,
    FACT_TRANSACTIONS,
    REJECTED_ROWS,
)
from gosales_lib.core.coverage import FILES, Coverage
from gosales_lib.core.keys import Changed, changes
from gosales_lib.layout import Layout, Source
from gosales_lib.sales_log import (
    files,
    left_out_rows,
    merging,
    prepare,
    revisions,
    spellings,
    tables,
)
from gosales_lib.sales_log.assets import installed
from gosales_lib.sales_log.customers import NAMES, dimension, two_names
from gosales_lib.sales_log.extent import Extent, settled
from gosales_lib.sales_log.inventory import Inventory
from gosales_lib.sales_log.matches import Matches
from gosales_lib.sales_log.reconciliation import RECONCILIATION, check, of_files
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.required_columns import needed
from gosales_lib.sales_log.text import Text
from gosales_lib.sales_log.unpivot import Tidy, tidy
from gosales_lib.sales_log.values import Evidence, plain_columns

NOTHING = Coverage()
NO_FILES = Inventory(())
NO_CHANGE = Changed()


@dataclass(frozen=True)
class SalesLog:
    """The tidy log of a folder of sales files.

    `transactions`, `customers`, `rejected`, `assets` and `accounts` (empty unless the layout names
    a file) have the columns of `gosales_lib.core.columns`. `reconciliation` has one row per file
    (see `reconciliation.RECONCILIATION`), `left_out` one row per file and rule (see
    `left_out_rows.LEFT_OUT`), `days` the rows of each file and day. `coverage` tells which days are
    covered, for a holdout together with the log before it; it still counts the rows beyond these
    days, which `transactions` lacks.
    """

    transactions: pl.DataFrame
    customers: pl.DataFrame
    rejected: pl.DataFrame
    reconciliation: pl.DataFrame
    assets: pl.DataFrame
    left_out: pl.DataFrame
    days: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FILES))
    coverage: Coverage = NOTHING
    accounts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ACCOUNTS))
    files: Inventory = NO_FILES  # what was read, and what was left out with its reason
    evidence: Mapping[str, Evidence] = field(default_factory=dict)  # of decimal signs, by file
    two_names: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NAMES))
    keys_changed: Changed = NO_CHANGE  # of customers' keys, by `core.keys` and `keys: alike`
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # headers, by file
    matches: Matches = field(default_factory=Matches)
    blank: Mapping[str, int] = field(default_factory=dict)  # facts without an amount, by file
    assets_rejected: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=REJECTED_ROWS)
    )  # the part of `rejected` that the assets' file lost


def read(layout: Layout, folder: Path | str | None, apart: Path | str | None = None) -> SalesLog:
    """Return the tidy log, the customers and the assets beside it.

    Parameters
    ----------
    apart
        Folder of later sales; without one the layout's. What lies there is never read with the log.

    See `read_sales` for the errors.
    """
    log = read_sales(layout, folder, apart=settings.resolve(apart) if apart else _later(layout))
    beside = None if folder is None else _beside(Path(folder))
    assets, unknown = installed(layout, beside)
    rejected = pl.concat([log.rejected, unknown])
    if layout.keys == "alike":
        spelling = spellings.chosen(log.transactions["customer_id"])
        assets = assets.with_columns(spellings.unified(assets["customer_id"], spelling))
    accounts = merging.read(layout, beside)
    return replace(
        log, assets=assets, rejected=rejected, accounts=accounts, assets_rejected=unknown
    )


def _beside(folder: Path) -> Path:
    return folder if folder.is_dir() else folder.parent


def _later(layout: Layout) -> Path | None:
    """Return the layout's folder of later sales, from the project's root."""
    return settings.resolve(layout.holdout) if layout.holdout else None


def read_sales(
    layout: Layout,
    folder: Path | str | None,
    before: SalesLog | None = None,
    apart: Path | str | None = None,
) -> SalesLog:
    """Return the tidy log of all sales files of a folder, in the order of their names.

    Without a folder the log comes from the database, by the layout's `source`. Rows that are dated
    far from the rest, or from the log `before` whose holdout this is, are rejected.

    Raises
    ------
    FileNotFoundError
        The folder holds no sales file.
    ValueError
        A column is missing or unknown, or a product is in no division.
    """
    if folder is None:
        if layout.source is None:
            where = "give --data, or `data:` or `source:` in the layout"
            raise ValueError(f"layout {layout.name!r} does not say where the sales are: {where}")
        return _from_database(layout, layout.source, before)
    folder = Path(folder)
    columns = [*needed(layout), *layout.ignore, *layout.aliases]
    numeric = partial(plain_columns, layout)
    inventory = files.find(layout, folder, Path(apart) if apart else None)

    def once(extent: Extent | None) -> SalesLog:
        texts = itertools.chain.from_iterable(
            files.texts(entry, layout, columns, numeric) for entry in inventory.entries
        )
        return build(files.ahead(texts), layout, _beside(folder), extent, _keys(before))

    return replace(settled(once, layout, before), files=inventory)


def build(
    texts: Iterable[Text],
    layout: Layout,
    beside: Path | None = None,
    extent: Extent | None = None,
    listed_ids: pl.Series | None = None,
) -> SalesLog:
    """Return the tidy log of records that were read as text: from files or from a database.

    Parameters
    ----------
    texts
        In the order of the files; a large file or table in pieces, which have one account.
    beside
        Folder of the customers file, if the layout names one.
    extent
        The covered days; rows beyond them are rejected.
    listed_ids
        Customer keys of the log before, whose spelling wins where keys are `alike`.
    """
    matches = Matches()
    texts = prepare.rows(texts, layout, beside, matches)
    parts: list[Tidy] = []
    evidence: dict[str, Evidence] = {}
    for text in texts:
        part = tidy(text, layout, [part.hashes for part in parts], evidence.get(text.file), extent)
        evidence[text.file] = part.evidence
        parts.append(part)
    if layout.revisions != "all":
        parts = {"newest": revisions.newest, "union": revisions.union}[layout.revisions](parts)
    facts = pl.concat([part.facts for part in parts]).cast(FACT_TRANSACTIONS)
    orders = pl.concat([part.orders for part in parts])
    changed = sum((part.changed for part in parts), NO_CHANGE)
    if layout.keys == "alike":
        spelling = spellings.chosen(facts["customer_id"], listed_ids)
        unified = spellings.unified(facts["customer_id"], spelling)
        changed += changes(facts["customer_id"], unified)
        facts = facts.with_columns(unified)
        orders = orders.with_columns(spellings.unified(orders["customer_id"], spelling))
    customers, unusable = dimension(orders, facts, layout, beside, matches)
    return SalesLog(
        facts,
        customers,
        pl.concat([*(part.rejected for part in parts), unusable]),
        of_files(parts),
        pl.DataFrame(schema=ASSETS),
        left_out_rows.summed(part.left_out for part in parts),
        days_of_files(parts),
        evidence=evidence,
        keys_changed=changed,
        two_names=two_names(orders if layout.accounts is None else orders.clear()),
        renamed={str(p.reconciliation["file"]): p.renamed for p in parts if p.renamed},
        matches=matches,
        blank=blank_of_files(parts),
    )


def _keys(before: SalesLog | None) -> pl.Series | None:
    """Return the customer keys of the log before, None without one."""
    return None if before is None else before.transactions["customer_id"]


def days_of_files(parts: Iterable[Tidy]) -> pl.DataFrame:
    """Return the rows of each file and day: file, order_day, rows."""
    counted = [
        part.facts.group_by("order_day")
        .agg(pl.len().cast(pl.Int64).alias("rows"))
        .select(pl.lit(part.reconciliation["file"]).alias("file"), "order_day", "rows")
        for part in parts
    ]
    every = pl.concat([pl.DataFrame(schema=FILES), *counted])
    return every.group_by("file", "order_day").sum().sort("file", "order_day")


def blank_of_files(parts: Iterable[Tidy]) -> dict[str, int]:
    """Return by file how many facts have a quantity and no amount."""
    counts = Counter[str]()
    for part in parts:
        counts[str(part.reconciliation["file"])] += int(part.blank.sum())
    return +counts


def _from_database(layout: Layout, source: Source, before: SalesLog | None = None) -> SalesLog:
    """Return the tidy log of a table, view or query, read in chunks."""

    def once(extent: Extent | None) -> SalesLog:
        read = partial(build, layout=layout, extent=extent, listed_ids=_keys(before))
        return tables.patiently(lambda: read(tables.texts(source)), source)

    return settled(once, layout, before)


def read_holdout(
    layout: Layout, folder: Path | str | None, before: SalesLog | None = None
) -> SalesLog:
    """Return the later sales of the holdout folder or source; an empty log where there is none.

    Its coverage is that of the log `before` and of these rows together.
    """
    if layout.customers and layout.customers.source:  # read together with the log
        layout = layout.model_copy(update={"customers": None})
    if folder is None and layout.holdout_source is not None:
        return _from_database(layout, layout.holdout_source, before)
    if folder is None or not Path(folder).exists():
        return empty()
    try:
        return read_sales(layout, folder, before)
    except FileNotFoundError:
        return empty()


def empty() -> SalesLog:
    """Return a log without rows."""
    schemas = (FACT_TRANSACTIONS, DIM_CUSTOMER, REJECTED_ROWS, RECONCILIATION, ASSETS)
    facts, customers, rejected, account, assets = (pl.DataFrame(schema=each) for each in schemas)
    left_out = pl.DataFrame(schema=left_out_rows.LEFT_OUT)
    return SalesLog(facts, customers, rejected, account, assets, left_out)


__all__ = ["LINE", "RECONCILIATION", "SalesLog", "build", "check", "empty", "read", "read_holdout"]
