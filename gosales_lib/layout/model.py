"""A whole layout, with its products and divisions."""

from __future__ import annotations

import itertools
from collections import Counter
from fnmatch import fnmatch
from typing import Any, Literal
from unicodedata import normalize

from pydantic import Field, PositiveFloat, field_validator, model_validator

from gosales_lib.core.spelling import hint
from gosales_lib.core.terms import LAPSED_MONTHS, UNITS, Purchase
from gosales_lib.layout import parts
from gosales_lib.layout.thresholds import Alarms, Limits

PLACEHOLDER = "{product}"
"""The placeholder of a product's name in `pair`; replaced as text, never a format string."""


class Layout(parts.Part):
    """How the columns of one source become `fact_transactions` and `dim_customer`."""

    name: str
    shape: Literal["wide", "long"]
    columns: parts.Columns
    division_map: dict[str, list[str | parts.Product]] = Field(alias="divisions")
    currency: str = "USD"
    data: str | None = None
    holdout: str | None = None
    source: parts.Source | None = None  # the database instead of `data`
    holdout_source: parts.Source | None = None  # instead of `holdout`
    files: parts.Inside = "*"
    max_missing_days: int = Field(0, ge=0)  # of the holdout's window
    max_missing_months: int = Field(0, ge=0)  # of a window that trains
    dated_ahead: Literal["set aside", "keep"] = "set aside"  # rows beyond the covered days
    pair: tuple[str, str] = ("{product}", "{product}_Qty")
    pair_holds: Literal["money", "price"] = "money"
    gross_profit: Literal["column", "revenue", "cost"] = "column"
    discount: Literal["amount", "share", "percent"] = "amount"
    product: str | None = None  # of all lines, where no column names one
    products_file: parts.ProductList | None = None
    short_names: dict[str, str] = Field(default_factory=dict)
    other: str = "ask"
    returns: parts.Returns | None = None
    rates: parts.Lookup | None = None
    accounts: parts.Accounts | None = None
    join: list[parts.Join] = Field(default_factory=list)
    fill_down: list[str] = Field(default_factory=list)
    months: list[str] | dict[str, list[str]] = Field(default_factory=list)  # or by measure
    name_as: str | None = None  # column of its own with the name of the sheet, or of the file
    year_in_name: bool = False  # of the file or sheet: the dates lack it
    ignore: list[str] = Field(default_factory=list)
    aliases: dict[str, str] = Field(default_factory=dict)
    date_format: parts.Formats | dict[str, parts.Formats] = "%Y-%m-%d"  # or by pattern of files
    sheet: str | list[str] = Field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    duplicates: Literal["keep", "drop"] = "keep"
    where: list[parts.Rule] = Field(default_factory=list)
    revisions: Literal["all", "newest", "union"] = "all"
    keys: Literal["exact", "alike"] = "exact"
    negate: list[str] = Field(default_factory=list)
    scale: dict[str, PositiveFloat] = Field(default_factory=dict)  # column: its unit, 0.01 of cents
    alarms: Alarms = Alarms()
    questions: list[str] = Field(default_factory=list)
    flags: dict[str, list[str]] = Field(default_factory=dict)
    purchase: Purchase = UNITS
    lapsed_months: int = Field(LAPSED_MONTHS, ge=1)  # without a purchase, an owner has lapsed
    customers: parts.Customers | None = None
    assets: parts.Assets | None = None
    learning: parts.Learning = parts.Learning()
    features: parts.Features = parts.Features()
    limits: Limits = Limits()
    train_every_months: int = Field(1, ge=1)  # `--monthly` scores with the released run between
    auto_release: bool = False  # a finished candidate is released where every condition is met

    @field_validator("division_map", mode="before")
    @classmethod
    def _names_alone_stand_for_themselves(cls, value: Any) -> Any:
        return {name: [name] for name in value} if isinstance(value, list) else value

    @field_validator("pair")
    @classmethod
    def _has_one_placeholder(cls, value: tuple[str, str]) -> tuple[str, str]:
        """Refuse any brace but those of the placeholder."""
        for part in value:
            if set("{}") & set(part.replace(PLACEHOLDER, "")):
                raise ValueError(
                    f"pair: {part[:60]!r} has a brace that is not of {PLACEHOLDER}, the only "
                    "placeholder; a product whose columns have braces names them below `divisions`"
                )
        return value

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Layout:
        """Refuse a layout that contradicts itself."""
        if not self.division_map:
            raise ValueError("divisions: name at least one")
        others = ["ask", "leave out", *self.division_map]
        if self.other not in others:
            raise ValueError(f"other: {self.other!r} is not a division{hint(self.other, others)}")
        items = itertools.chain.from_iterable(self.division_map.values())
        listed = [item if isinstance(item, str) else item.product for item in items]
        if twice := [name for name, count in Counter(listed).items() if count > 1]:
            raise ValueError(f"divisions: {min(twice)!r} is in two divisions")
        if self.shape == "long":
            self._needs_of_long()
        elif self.revisions == "union":
            raise ValueError("revisions: union needs order lines (shape: long)")
        for folder, source in (("data", self.source), ("holdout", self.holdout_source)):
            if source is not None and getattr(self, folder) is not None:
                raise ValueError(f"{folder}: name a folder or a source, not both")
        if self.shape == "wide" or self.columns.division is None:  # the products are known
            self._knows_products(listed)
        return self

    def _knows_products(self, listed: list[str]) -> None:
        named = {f"flags.{flag}": names for flag, names in self.flags.items()}
        for key, names in (named | {"features.products": self.features.products}).items():
            for name in names:
                if name not in listed:
                    raise ValueError(f"{key}: {name!r} is in no division{hint(name, listed)}")

    def _needs_of_long(self) -> None:
        columns, profit = self.columns, self.gross_profit
        needs = {
            "columns.product: order lines (shape: long) need it, or `product` for all lines": (
                (columns.product is None) != (self.product is None)
            ),
            "columns.quantity: order lines (shape: long) need it": columns.quantity,
            "columns.cost: `gross_profit: cost` needs it, or columns.unit_cost": (
                profit != "cost" or columns.cost or columns.unit_cost
            ),
            "columns.gross_profit: name the column of gross profit, or let revenue stand for it: "
            "`gross_profit: revenue`": profit != "column"
            or columns.gross_profit,
            "gross_profit: revenue: the columns name a cost or a profit, which nothing would read: "
            "write `gross_profit: cost`, leave this line out, or leave the column out": (
                profit != "revenue"
                or not (columns.cost or columns.unit_cost or columns.gross_profit)
            ),
            "columns.revenue: name the column of revenue, or columns.unit_price": (
                profit == "column" or columns.revenue or columns.unit_price
            ),
        }
        for message, is_met in needs.items():
            if not is_met:
                raise ValueError(message)

    @property
    def divisions(self) -> list[str]:
        """The divisions, in the order of the file."""
        return list(self.division_map)

    def spelled(self, division: str) -> str:
        """Return the division if the layout has it; else ValueError names the nearest one."""
        if division not in self.division_map:
            near = hint(division, self.divisions)
            raise ValueError(f"division {division!r} is not in layout {self.name!r}{near}")
        return division

    @property
    def attributes(self) -> list[parts.Attribute]:
        """The attributes of the customers file, none without one."""
        return self.customers.attributes if self.customers else []

    @property
    def selections(self) -> list[tuple[str, list[str]]]:
        """The columns by which `where` and `returns` select rows, and the values in lower case."""
        rules = [(rule.column, rule.keep or rule.leave_out or []) for rule in self.where]
        if self.returns and self.returns.column and self.returns.values:
            rules.append((self.returns.column, self.returns.values))
        return [(column, [value.strip().lower() for value in values]) for column, values in rules]

    @property
    def products(self) -> list[parts.Product]:
        """The products of a wide log with their columns, in the order of the file."""
        products = []
        for division, items in self.division_map.items():
            for item in items:
                product = parts.Product(product=item) if isinstance(item, str) else item
                value, quantity = (part.replace(PLACEHOLDER, product.product) for part in self.pair)
                products.append(
                    parts.Product.model_construct(  # checked when the layout was read
                        product=product.product,
                        gross_profit=product.gross_profit or value,
                        quantity=product.quantity or quantity,
                        division=division,
                    )
                )
        return products

    @property
    def division_of(self) -> dict[str, str]:
        """The division of every value of the long log's division (else product) column."""
        return {
            normalize("NFC", str(value)): division
            for division, items in self.division_map.items()
            for value in items
        }

    @property
    def sold_in(self) -> dict[str, str]:
        """The division of every product, whatever the shape of the log."""
        if self.shape == "wide":
            return {product.product: product.division for product in self.products}
        return self.division_of

    @property
    def date_formats(self) -> list[str]:
        """The layout's formats, of all files; ISO 8601 is always read as well."""
        by_file = self.date_format if isinstance(self.date_format, dict) else {"": self.date_format}
        lists = ([form] if isinstance(form, str) else form for form in by_file.values())
        return list(dict.fromkeys(itertools.chain.from_iterable(lists)))

    def formats_of(self, file: str) -> list[str]:
        """Return the formats of a file: of the first pattern that its name fits; else none."""
        if not isinstance(self.date_format, dict):
            return self.date_formats
        fitting = (form for name, form in self.date_format.items() if fnmatch(file, name))
        form = next(fitting, [])
        return [form] if isinstance(form, str) else form
