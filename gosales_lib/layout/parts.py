"""The parts of a layout: columns, customers, assets, features and learning."""

from __future__ import annotations

from pathlib import PureWindowsPath
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import AfterValidator, Field, field_validator, model_validator


def inside(value: str) -> str:
    """Return a file or pattern that lies in the data folder; ValueError where it leaves it."""
    path = PureWindowsPath(value)  # which takes both slashes for separators
    if path.root or ".." in path.parts:
        raise ValueError(
            f"{value[:60]!r} leaves the data folder: name files inside of it; `data` may name a "
            "folder above both, and `files` the sales in it"
        )
    return value


Inside = Annotated[str, AfterValidator(inside)]
"""A file beside the log."""


Formats = str | list[str]
"""How dates are written: one format, or several."""
JOINED_KEY = "__customer__"
"""The column that several columns of a customer's key make together."""


class Part(pydantic.BaseModel):
    """A part of a layout: unknown keys are refused, values never change."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Columns(Part):
    """The column of the file for each of our names."""

    customer_id: str | list[str]  # several are joined by a blank, such as company and number
    order_date: str | list[str]  # several are joined by a blank, such as month and year
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
    cost: str | None = None  # of the line
    unit_cost: str | None = None  # times quantity
    discount: str | None = None  # taken off revenue, see Layout.discount
    currency: str | None = None  # its code; rows in another one are left out, or have a rate

    @property
    def customer_key(self) -> str:
        """The column of the customers' keys: of the file, or JOINED_KEY that several make."""
        return self.customer_id if isinstance(self.customer_id, str) else JOINED_KEY

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


class Attribute(Part):
    """A column of the customers file that describes the customer."""

    column: str
    kind: Literal["category", "number", "year"] = "category"  # a year tells an age
    unit: str = ""
    segment: bool = False  # the holdout is also told by its levels (a category's)

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return self.kind != "category"


class Source(Part):
    """The source of rows instead of files: a table or view of the database, or a query."""

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


class Rule(Part):
    """Selects rows by the values of one column. Case does not matter; "" is a blank."""

    column: str
    keep: list[str] | None = None  # rows with another value are left out
    leave_out: list[str] | None = None  # rows with one of these are left out

    @model_validator(mode="after")
    def _is_one(self) -> Rule:
        if (self.keep is None) == (self.leave_out is None):
            raise ValueError(f"where: name either `keep` or `leave_out` of {self.column!r}")
        return self


class Returns(Part):
    """Marks lines as returns, although their numbers are positive: by a column or by their file."""

    column: str | None = None
    values: list[str] = []
    begins: list[str] = []  # how values that mark a return begin, such as numbers of credit notes
    files: list[Inside] = []  # patterns of the names of files that hold nothing else

    @model_validator(mode="after")
    def _is_one(self) -> Returns:
        ways = bool(self.values), bool(self.begins), bool(self.files)
        if sum(ways) != 1 or bool(self.column) == bool(self.files):
            raise ValueError("returns: name `column` with its `values` or `begins`, or `files`")
        return self


class Join(Part):
    """A table whose columns are added to the lines: order heads, products, customers."""

    file: Inside
    on: dict[str, str]  # column of the lines: column of this table
    where: list[Rule] = []  # of this table's rows

    @field_validator("on", mode="before")
    @classmethod
    def _a_name_alone_is_both(cls, value: Any) -> Any:
        return {value: value} if isinstance(value, str) else value


class Lookup(Part):
    """A look-up file: the column of keys and the column of values."""

    file: Inside
    by: str
    gives: str


class Accounts(Lookup):
    """The accounts of customer ids, and the parent account that each belongs to."""

    parent: str | None = None


class ProductList(Part):
    """The divisions in a CSV file: one row per product, with a shorter name where wanted."""

    file: str
    product: str = "product"
    division: str = "division"
    name: str | None = None


class Beside(Part):
    """A table that stands beside the log: in a file, or in a table, view or query."""

    file: Inside | None = None
    source: Source | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.file is None) == (self.source is None):
            raise ValueError(f"{type(self).__name__.lower()}: name either `file` or `source`")
        return self


class Customers(Beside):
    """The optional customers."""

    key: str
    name: str | None = None
    attributes: list[Attribute] = []


class Learning(Part):
    """How the models of this source are trained and judged."""

    label_buffer_days: int = Field(0, ge=0)  # after the cutoff, for orders in the pipeline
    signal_needs: Literal["chance", "baseline", "rival"] = "chance"  # of a list that is offered
    oracle_limit: float = Field(0.995, ge=0.5, le=1)  # a single feature's AUC above it is looked at


class Assets(Beside):
    """The optional table of what is installed or under subscription: one row per customer and term.

    Each renewal is a row. If it overwrote the old expiry, features of an earlier cutoff would see
    the future.
    """

    customer_id: str
    product: str
    quantity: str | None = None  # 1 per row without it
    start: str
    expiry: str | None = None  # blank: owned outright

    def given(self) -> dict[str, str]:
        """Return the file's columns by our name."""
        return self.model_dump(exclude_none=True, exclude={"file", "source"})


class Features(Part):
    """The chosen feature families, and the settings of single ones."""

    families: list[str] = []  # "+name" adds to the default ones, "-name" takes away
    products: list[str] = []  # each with its own recency, units and growth
    winsor: float = Field(0.99, gt=0, le=1)  # the share of orders that `money` takes as they are

    @field_validator("families", mode="before")
    @classmethod
    def _as_on_the_command_line(cls, value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value
