"""Layouts: a YAML file says how a source's columns become the tidy table."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator


class Part(BaseModel):
    """A part of a layout: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Columns(Part):
    """Our names, and the columns of the file that hold them."""

    customer_id: str
    order_date: str
    invoice: str | list[str]  # several are joined by a blank
    customer_name: str | None = None
    branch: str | None = None
    rep: str | None = None
    # of order lines only:
    product: str | None = None
    division: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    revenue: str | None = None
    gross_profit: str | None = None

    def given(self) -> dict[str, list[str]]:
        """Return the file's columns by our name, a list each."""
        named = self.model_dump(exclude_none=True)
        return {key: [v] if isinstance(v, str) else v for key, v in named.items()}


class Product(Part):
    """A product of a wide log: the columns that hold its gross profit and its quantity."""

    product: str
    gross_profit: str | None = None
    quantity: str | None = None
    division: str = ""


class Purchase(Part):
    """What a purchase is: `aggregate` of `measure` over the window, above `above`."""

    measure: Literal["quantity", "revenue", "gross_profit"] = "quantity"
    aggregate: Literal["net", "any"] = "net"
    above: float = 0.0


class Attribute(Part):
    """A column of the customers file that describes the customer."""

    column: str
    kind: Literal["category", "number", "year"] = "category"  # a year tells an age
    unit: str = ""
    segment: bool = False  # the holdout is also told by its levels (a category's)

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.kind != "category"


class Source(Part):
    """Where rows come from instead of files: a table or view of the database, or a query."""

    table: str | None = None  # or schema.table
    query: str | None = None  # one SELECT; its own ORDER BY

    @model_validator(mode="after")
    def _is_one(self) -> Source:
        if (self.table is None) == (self.query is None):
            raise ValueError("source: name either `table` or `query`")
        return self

    @property
    def asked(self) -> str:
        """The table's name or the query."""
        return str(self.table or self.query)


class Customers(Part):
    """The optional customers: a file beside the log, or a table, view or query."""

    file: str | None = None
    source: Source | None = None
    key: str
    name: str | None = None
    attributes: list[Attribute] = []

    @model_validator(mode="after")
    def _is_one(self) -> Customers:
        if (self.file is None) == (self.source is None):
            raise ValueError("customers: name either `file` or `source`")
        return self


class Learning(Part):
    """What the models of this source are held to."""

    label_buffer_days: int = Field(
        0, ge=0
    )  # after the cutoff, do not count: orders in the pipeline
    half_life_months: int = Field(0, ge=0)  # an older cutoff counts half; 0: all count alike
    l1_ratio: float = Field(0.0, ge=0, le=1)  # of the logistic regression's elastic net
    monotone: bool = False  # trees keep to signs that the field knows: more orders, higher odds
    signal_needs: Literal["chance", "rival"] = "chance"  # what a model must beat to be offered
    oracle_limit: float = Field(0.995, ge=0.5, le=1)  # a single feature's AUC above it is a leak

    def teaching(self) -> dict[str, Any]:
        """Return what `learning.training.learn` is asked."""
        return self.model_dump(include={"half_life_months", "l1_ratio", "monotone"})


class Assets(Part):
    """The optional table of what is installed or under subscription: one row a customer and term.

    A renewal is a row of its own: a table in which it overwrites the old expiry would tell an
    earlier cutoff what was not known then.
    """

    file: str | None = None
    source: Source | None = None
    customer_id: str
    product: str
    quantity: str | None = None  # 1 a row without it
    start: str
    expiry: str | None = None  # blank: owned outright

    @model_validator(mode="after")
    def _is_one(self) -> Assets:
        if (self.file is None) == (self.source is None):
            raise ValueError("assets: name either `file` or `source`")
        return self

    def given(self) -> dict[str, str]:
        """Return the file's columns by our name."""
        return self.model_dump(exclude_none=True, exclude={"file", "source"})


class Features(Part):
    """Which feature families are made, and the settings of single ones."""

    families: list[str] = []  # "+name" adds to the default ones, "-name" takes away
    products: list[str] = []  # each with its own recency, units and growth
    winsor: float = Field(0.99, gt=0, le=1)  # the share of orders that `money` takes as they are

    @field_validator("families", mode="before")
    @classmethod
    def _as_on_the_command_line(cls, value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value


class Layout(Part):
    """How the columns of one source become `fact_transactions` and `dim_customer`."""

    name: str
    shape: Literal["wide", "long"]
    columns: Columns
    division_map: dict[str, list[str | Product]] = Field(alias="divisions")
    currency: str = "USD"
    data: str | None = None
    holdout: str | None = None
    source: Source | None = None  # the database instead of `data`
    holdout_source: Source | None = None  # instead of `holdout`
    files: str = "*"
    max_missing_days: int = Field(0, ge=0)
    pair: tuple[str, str] = ("{product}", "{product}_Qty")
    gross_profit: Literal["column", "revenue"] = "column"
    ignore: list[str] = []
    date_format: str | list[str] = "%Y-%m-%d"
    encoding: str | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    duplicates: Literal["keep", "drop"] = "keep"
    flags: dict[str, list[str]] = {}
    purchase: Purchase = Purchase()
    customers: Customers | None = None
    assets: Assets | None = None
    learning: Learning = Learning()
    features: Features = Features()

    @field_validator("division_map", mode="before")
    @classmethod
    def _names_alone_stand_for_themselves(cls, value: Any) -> Any:
        return {name: [name] for name in value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Layout:
        """Refuse what no reader could follow."""
        if not self.division_map:
            raise ValueError("divisions: name at least one")
        listed = [p if isinstance(p, str) else p.product for p in self._listed()]
        twice = sorted({name for name in listed if listed.count(name) > 1})
        if twice:
            raise ValueError(f"divisions: {twice[0]!r} stands in two divisions")
        if self.shape == "long":
            self._needs_of_long()
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
        columns = self.columns
        for key in ("product", "quantity"):
            if getattr(columns, key) is None:
                raise ValueError(f"columns.{key}: order lines (shape: long) need it")
        if self.gross_profit == "column" and columns.gross_profit is None:
            raise ValueError("columns.gross_profit: name it, or say `gross_profit: revenue`")
        revenue = columns.revenue or columns.unit_price
        if self.gross_profit == "revenue" and revenue is None:
            raise ValueError("columns.revenue: name it, or columns.unit_price")

    def _listed(self) -> Iterable[str | Product]:
        return [item for items in self.division_map.values() for item in items]

    @property
    def divisions(self) -> list[str]:
        """The divisions, in the order of the file."""
        return list(self.division_map)

    def spelled(self, division: str) -> str:
        """Return a division that this layout has; ValueError with the nearest where it has not."""
        if division not in self.division_map:
            near = hint(division, self.divisions)
            raise ValueError(f"division {division!r} is not in layout {self.name!r}{near}")
        return division

    @property
    def attributes(self) -> list[Attribute]:
        """The attributes of the customers file, none without one."""
        return self.customers.attributes if self.customers else []

    @property
    def products(self) -> list[Product]:
        """The products of a wide log with their columns, in the order of the file."""
        found = []
        for division, items in self.division_map.items():
            for item in items:
                one = Product(product=item) if isinstance(item, str) else item
                value, quantity = (part.format(product=one.product) for part in self.pair)
                found.append(
                    Product(
                        product=one.product,
                        gross_profit=one.gross_profit or value,
                        quantity=one.quantity or quantity,
                        division=division,
                    )
                )
        return found

    @property
    def division_of(self) -> dict[str, str]:
        """The division of every value of the long log's division (else product) column."""
        return {str(v): division for division, items in self.division_map.items() for v in items}

    @property
    def sold_in(self) -> dict[str, str]:
        """The division of every product, whatever the shape of the log."""
        if self.shape == "wide":
            return {product.product: product.division for product in self.products}
        return self.division_of

    @property
    def date_formats(self) -> list[str]:
        """The formats to try, the layout's first, then ISO ones, which cannot be misread."""
        own = [self.date_format] if isinstance(self.date_format, str) else self.date_format
        return list(dict.fromkeys([*own, *ISO_FORMATS]))


ISO_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
)


class _UniqueKeys(yaml.SafeLoader):
    """A YAML loader that refuses a key written twice, which YAML would silently let win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                line = node.value[index][0].start_mark.line + 1
                raise ValueError(f"key {key!r} stands twice, again on line {line}")
        return super().construct_mapping(node, deep)


def load(path: Path | str) -> Layout:
    """Return the layout of a YAML file.

    Raises
    ------
    FileNotFoundError
        No such file; the message lists the nearest.
    ValueError
        The file, the key and what is wrong with it, with the nearest right spelling.
    """
    from gosales_lib import settings

    file = settings.resolve(path)
    if not file.is_file():
        near = sorted(p.name for p in file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
        raise FileNotFoundError(f"layout {path} does not exist{hint(file.name, near)}")
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_UniqueKeys)
        if not isinstance(content, dict):
            raise ValueError("it holds no keys")
        return Layout.model_validate(content)
    except ValidationError as error:
        raise ValueError(f"{path}: " + "; ".join(in_words(e) for e in error.errors())) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def in_words(error: Any) -> str:
    """Return one of pydantic's errors as a sentence that names the key."""
    place = [str(part) for part in error["loc"] if part not in ("str", "Product", "list[str]")]
    key = ".".join(place) or "layout"
    if error["type"] == "extra_forbidden":
        return f"key {key!r} is unknown{hint(place[-1], _siblings(place))}"
    if error["type"] == "missing":
        return f"key {key!r} is missing"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return f"key {key!r}: {error['msg'].lower()}, not {str(error['input'])[:60]!r}"


def _siblings(place: list[str]) -> list[str]:
    """Return the keys that may stand where an unknown one stood."""
    parents: dict[str, type[BaseModel]] = {
        "columns": Columns,
        "purchase": Purchase,
        "customers": Customers,
    }
    parents |= {"source": Source, "holdout_source": Source}
    parents |= {"attributes": Attribute, "divisions": Product, "assets": Assets}
    parents |= {"learning": Learning, "features": Features}
    for name in reversed(place[:-1]):
        if name in parents:
            return list(parents[name].model_fields)
    return [field.alias or name for name, field in Layout.model_fields.items()]


def hint(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` with the nearest known name, or the known ones."""
    known = list(known)
    lowered = {k.lower(): k for k in reversed(known)}
    near = difflib.get_close_matches(name.lower(), lowered, 1, cutoff=0.5)
    if near:
        return f"; did you mean {lowered[near[0]]!r}?"
    return f"; known: {', '.join(known[:12])}" if known else ""
