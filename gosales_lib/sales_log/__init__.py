"""The sales log: files in, tidy rows out, and an account of every row and every cent."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from gosales_lib.core import settings
from gosales_lib.core.columns import FACT_TRANSACTIONS
from gosales_lib.core.coverage import FILES, Measured, measure
from gosales_lib.core.keys import Changed, changes
from gosales_lib.layout import Layout, Source
from gosales_lib.sales_log import (
    files,
    inventory,
    left_out_rows,
    merging,
    prepare,
    revisions,
    spellings,
    tables,
)
from gosales_lib.sales_log.assets import installed
from gosales_lib.sales_log.customers import dimension, two_names
from gosales_lib.sales_log.extent import Extent, settled
from gosales_lib.sales_log.log import RECONCILIATION, Matches, SalesLog
from gosales_lib.sales_log.reconciliation import check, of_files
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.required_columns import needed
from gosales_lib.sales_log.text import Text
from gosales_lib.sales_log.unpivot import Tidy, tidy
from gosales_lib.sales_log.values import Evidence, plain_columns


def read(layout: Layout, folder: Path | str | None, apart: Path | str | None = None) -> SalesLog:
    """Return the tidy log, the customers and the assets beside it; see `read_sales` for the errors.

    Parameters
    ----------
    apart
        Folder of later sales; without one the layout's. What lies there is never read with the log.
    """
    later = apart or layout.holdout
    log = read_sales(layout, folder, apart=settings.resolve(later) if later else None)
    beside = None if folder is None else _beside(Path(folder))
    assets, unknown = installed(layout, beside)
    if layout.keys == "alike":
        spelling = spellings.chosen(log.transactions["customer_id"])
        assets = assets.with_columns(spellings.unified(assets["customer_id"], spelling))
    return replace(
        log,
        assets=assets,
        rejected=pl.concat([log.rejected, unknown]),
        accounts=merging.read(layout, beside),
        assets_rejected=unknown,
    )


def _beside(folder: Path) -> Path:
    return folder if folder.is_dir() else folder.parent


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
        return build(files.ahead(texts), layout, _beside(folder), extent, before)

    return replace(settled(once, layout), files=inventory)


def _from_database(layout: Layout, source: Source, before: SalesLog | None) -> SalesLog:
    """Return the tidy log of a table, view or query, read in chunks."""

    def once(extent: Extent | None) -> SalesLog:
        read = partial(build, layout=layout, extent=extent, before=before)
        return tables.patiently(lambda: read(tables.texts(source)), source)

    return settled(once, layout)


def build(
    texts: Iterable[Text],
    layout: Layout,
    beside: Path | None = None,
    extent: Extent | None = None,
    before: SalesLog | None = None,
) -> SalesLog:
    """Return the tidy log of records that were read as text: from files or from a database.

    Parameters
    ----------
    texts
        In the order of the files; a large file or table in pieces, which have one account.
    beside
        Folder of the customers file, if the layout names one.
    extent
        The covered days, where they are known: rows beyond them are rejected, and nothing is
        measured again.
    before
        The log before, whose spelling of customers wins where keys are `alike`.
    """
    matches, parts, evidence = Matches(), list[Tidy](), dict[str, Evidence]()
    for text in prepare.rows(texts, layout, beside, matches):
        part = tidy(text, layout, [part.hashes for part in parts], evidence.get(text.file), extent)
        evidence[text.file] = part.evidence
        parts.append(part)
    if layout.revisions != "all":
        parts = {"newest": revisions.newest, "union": revisions.union}[layout.revisions](parts)
    facts = pl.concat([part.facts for part in parts])
    orders = pl.concat([part.orders for part in parts])
    changed = sum((part.changed for part in parts), Changed())
    if layout.keys == "alike":
        reference = None if before is None else before.transactions["customer_id"]
        facts, orders = (table.cast({"customer_id": pl.String}) for table in (facts, orders))
        spelling = spellings.chosen(facts["customer_id"], reference)
        unified = spellings.unified(facts["customer_id"], spelling)
        changed += changes(facts["customer_id"], unified)
        facts = facts.with_columns(unified)
        orders = orders.with_columns(spellings.unified(orders["customer_id"], spelling))
    customers, unusable = dimension(orders, facts, layout, beside, matches)
    days = _days(parts)
    return SalesLog(
        facts.cast(FACT_TRANSACTIONS),
        customers,
        rejected=pl.concat([*(part.rejected for part in parts), unusable]),
        reconciliation=of_files(parts),
        left_out=left_out_rows.summed(part.left_out for part in parts),
        days=days,
        measured=_measured(facts, days, before) if extent is None else Measured(),
        evidence=evidence,
        keys_changed=changed,
        two_names=two_names(orders if layout.accounts is None else orders.clear()),
        renamed={p.file: p.renamed for p in parts if p.renamed},
        matches=matches,
        blank=_blank(parts),
        open_days=frozenset(
            {p.file for p in parts if p.is_open}
            - {p.file for p in parts if p.facts.height and not p.is_open}
        ),
    )


def _measured(facts: pl.DataFrame, days: pl.DataFrame, before: SalesLog | None) -> Measured:
    """Return which days facts cover, with the log `before` whose holdout they are."""
    if before is None:
        return measure(facts, files=days)
    later = facts.cast({"customer_id": pl.String})
    return measure(before.transactions, later, pl.concat([before.days, days]))


def _days(parts: Iterable[Tidy]) -> pl.DataFrame:
    """Return the rows of each file and day: file, order_day, rows."""
    counts = [
        part.facts.lazy()
        .group_by("order_day")
        .agg(rows=pl.len().cast(pl.Int64))
        .select(pl.lit(part.file).alias("file"), "order_day", "rows")
        for part in parts
    ]
    every = pl.concat([pl.DataFrame(schema=FILES), *pl.collect_all(counts)])
    return every.group_by("file", "order_day").sum().sort("file", "order_day")


def _blank(parts: Iterable[Tidy]) -> dict[str, int]:
    """Return by file how many facts have a quantity and no amount."""
    counts = Counter[str]()
    for part in parts:
        counts[part.file] += int(part.blank.sum())
    return +counts


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
        return SalesLog()
    try:
        return read_sales(layout, folder, before)
    except ValueError as error:
        raise ValueError(f"the holdout cannot be read: {error}") from None
    except FileNotFoundError:  # no file is one of the layout's: an alarm names them
        return SalesLog(files=inventory.take(Path(folder), layout.files, files.beside(layout)))


__all__ = ["LINE", "RECONCILIATION", "SalesLog", "build", "check", "read", "read_holdout"]
