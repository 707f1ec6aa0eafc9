"""Exchange rates of a file beside the log, which make amounts money of the layout's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from gosales_lib.core import currencies
from gosales_lib.layout import Layout, Lookup
from gosales_lib.sales_log import beside, cleaning, merging, numbers
from gosales_lib.sales_log.text import Text
from gosales_lib.sales_log.values import RATE, currency_of_row


def read(source: Lookup, layout: Layout, folder: Path | None) -> dict[str, float | None]:
    """Return the rate of each currency; the layout's own has 1.

    A sign of one currency has its rate; one that several share has what the file gives it. Where
    `1,040` has two readings, the layout's own rate of 1 decides, else its `decimal`.

    Raises
    ------
    ValueError
        The layout's own currency has another rate than 1, or nothing tells what `1,040` means.
    """
    given, own = _lookup(source, folder), layout.currency
    written = pl.Series(list(given.values()), dtype=pl.String)
    told = numbers.judge(written).sign or (None if own in given else layout.decimal)
    read = [numbers.number(written, sign) for sign in ([told] if told else numbers.SHAPES)]
    tables = [dict(zip(given, values, strict=True)) for values in read]
    fitting = [table for table in tables if table.get(own, 1.0) == 1]
    if not fitting:
        raise ValueError(f"{source.file}: the rate of {own}, the layout's currency, must be 1")
    if any(table != fitting[0] for table in fitting):
        raise ValueError(
            f"{source.file}: nothing shows whether {written[0]!r} has decimals or thousands: add "
            f"a row of {own} with the rate 1, or write `decimal` in the layout"
        )
    clear = {sign: of for sign, of in currencies.SIGNS.items() if sign not in currencies.ALSO}
    signs = {sign: fitting[0][of] for sign, of in clear.items() if of in fitting[0]}
    return signs | dict.fromkeys(currencies.spellings(own), 1.0) | fitting[0] | {own: 1.0}


def rated(text: Text, layout: Layout, rates: Mapping[str, float | None]) -> Text:
    """Return rows with the rate of their currency; an unknown one has none."""
    code = currency_of_row(layout).fill_null(layout.currency)
    rate = code.replace_strict(rates, default=None, return_dtype=pl.Float64)
    return replace(text, rows=text.rows.with_columns(rate.alias(RATE)), lines=None)


def _lookup(source: Lookup, folder: Path | None) -> dict[str, str]:
    """Return the look-up of a file of two columns; a key must not occur twice."""
    table = beside.read(source.file, folder, [source.by, source.gives])
    pairs = table.select(by=cleaning.text(source.by), gives=cleaning.text(source.gives))
    pairs = pairs.drop_nulls().unique(maintain_order=True)
    merging.refuse_twins(source.file, source.by, pairs["by"])
    return dict(pairs.iter_rows())
