"""The divisions of a layout from a CSV file: one row per product."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gosales_lib.core.spelling import refuse_missing
from gosales_lib.layout.parts import ProductList

DELIMITERS = ",;\t|"


def with_products(content: dict[str, Any], beside: Path | None) -> dict[str, Any]:
    """Return a layout's content with the products of its file, if it names one.

    It is a ValueError where the file is missing or lacks a column, a product or a division.
    """
    if not isinstance(content.get("products_file"), dict):
        return content
    source = ProductList.model_validate(content["products_file"])
    divisions = dict(content.get("divisions") or {})
    names = dict(content.get("short_names") or {})
    for line, product, division, name in _rows(source, beside or Path()):
        if not product or not division:
            raise ValueError(f"{source.file}, line {line}: a product and its division are needed")
        listed = divisions.setdefault(division, [])
        if product not in listed:
            divisions[division] = [*listed, product]
        if name:
            names[product] = name
    return content | {"divisions": divisions, "short_names": names}


def _rows(source: ProductList, beside: Path) -> Iterator[tuple[int, str, str, str]]:
    """Yield line, product, division and shorter name of each row."""
    path = beside / source.file
    if not path.is_file():
        raise ValueError(f"products_file: {path} does not exist; it lies beside the layout")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"products_file: {path} is not UTF-8 text: save it as UTF-8") from None
    top = text.split("\n", 1)[0]
    rows = csv.DictReader(text.splitlines(), delimiter=max(DELIMITERS, key=top.count))
    wanted = (source.product, source.division, source.name)
    refuse_missing(source.file, rows.fieldnames or [], list(filter(None, wanted)))
    for row in rows:
        product, division, name = ((row.get(c or "") or "").strip() for c in wanted)
        yield rows.line_num, product, division, name
