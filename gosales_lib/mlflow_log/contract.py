"""The contract of a division: what two models must have in common to be compared.

Another layout, other products under the same division, another label or window is another
question, and its model is another registered model.
"""

from __future__ import annotations

import hashlib
import json

from gosales_lib.layout import Layout
from gosales_lib.run_folders import Run, record, slug


def terms(layout: Layout, division: str) -> dict[str, str]:
    """Return what decides the label of a division, each as text."""
    products = sorted(name for name, home in layout.sold_in.items() if home == division)
    purchase = layout.purchase
    return {
        "label": f"{purchase.aggregate} {purchase.measure} above {purchase.above:g}",
        "label_buffer_days": str(layout.learning.label_buffer_days),
        "products": ", ".join(products),
    }


def mark(run: Run, division: str) -> str:
    """Return the print of a run's contract for one division, as 8 hexadecimal digits."""
    layout = run.layout()
    months = record.read(run).get("parameters", {}).get("window_months", 6)
    agreed = {"layout": layout.name, "division": division, "window_months": months}
    agreed |= {"population": "customers with an order by the cutoff"}
    text = json.dumps(agreed | terms(layout, division), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def name_of(run: Run, division: str) -> str:
    """Return the registered model's name: layout, division and contract, `gosales.toy.pdm.1f3a…`.

    MLflow takes no slash and no colon in it. The print covers the exact spelling of layout and
    division, so no two of them share a name.
    """
    return f"gosales.{slug(run.layout().name)}.{slug(division)}.{mark(run, division)}"
