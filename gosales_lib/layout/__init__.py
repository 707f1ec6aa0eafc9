"""Layouts: a YAML file says how a source's columns become the tidy table."""

from gosales_lib.layout.model import Layout
from gosales_lib.layout.parts import (
    Alarms,
    Assets,
    Attribute,
    Columns,
    Customers,
    Features,
    Learning,
    Product,
    Purchase,
    Rule,
    Source,
)
from gosales_lib.layout.reading import load, parse

__all__ = [
    "Alarms",
    "Assets",
    "Attribute",
    "Columns",
    "Customers",
    "Features",
    "Layout",
    "Learning",
    "Product",
    "Purchase",
    "Rule",
    "Source",
    "load",
    "parse",
]
