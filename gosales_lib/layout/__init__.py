"""Layouts: a YAML file that maps the columns of a source to the tidy table."""

from gosales_lib.layout.model import Layout
from gosales_lib.layout.parts import (
    Accounts,
    Assets,
    Attribute,
    Columns,
    Customers,
    Features,
    Join,
    Learning,
    Lookup,
    Product,
    ProductList,
    Returns,
    Rule,
    Source,
)
from gosales_lib.layout.reading import answered, load, parse
from gosales_lib.layout.thresholds import Alarms, Limit, Limits

__all__ = [
    "Accounts",
    "Alarms",
    "Assets",
    "Attribute",
    "Columns",
    "Customers",
    "Features",
    "Join",
    "Layout",
    "Learning",
    "Limit",
    "Limits",
    "Lookup",
    "Product",
    "ProductList",
    "Returns",
    "Rule",
    "Source",
    "answered",
    "load",
    "parse",
]
