"""Layouts: a YAML file says how a source's columns become the tidy table."""

from gosales_lib.layout.model import Layout
from gosales_lib.layout.parts import (
    Assets,
    Attribute,
    Columns,
    Customers,
    Features,
    Learning,
    Product,
    Purchase,
    Source,
)
from gosales_lib.layout.reading import load

__all__ = [
    "Assets",
    "Attribute",
    "Columns",
    "Customers",
    "Features",
    "Layout",
    "Learning",
    "Product",
    "Purchase",
    "Source",
    "load",
]
