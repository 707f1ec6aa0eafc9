"""What the sample sells: products, their columns in the wide log, prices and planted effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DIVISIONS = (
    "Solidworks",
    "Simulation",
    "PDM",
    "CAMWorks",
    "DraftSight",
    "CPE",
    "Services",
    "Training",
    "Supplies",
    "Success Plan",
)
SEATS = 6  # the first six divisions sell seats; the others follow them
PDM, DRAFTSIGHT, CPE, SERVICES, TRAINING, SUPPLIES, PLAN = 2, 4, 5, 6, 7, 8, 9


@dataclass(frozen=True)
class Product:
    """A product: its pair of columns, gross profit per unit, and its share of sales."""

    name: str
    division: int
    unit_gp: float
    weight: float = 1.0
    premium: float = 0.0  # the log-weight that a customer one deviation larger adds
    gp_column: str = ""
    quantity_column: str = ""

    @property
    def columns(self) -> tuple[str, str]:
        """The columns of gross profit and of quantity."""
        return self.gp_column or self.name, self.quantity_column or f"{self.name}_Qty"


PRODUCTS = (
    Product("SWX_Core", 0, 1150, 0.50, -0.3),
    Product("SWX_Pro_Prem", 0, 1900, 0.25, 0.4),
    Product("Core_New_UAP", 0, 420, 0.15, -0.2),
    Product("Pro_Prem_New_UAP", 0, 640, 0.10, 0.4),
    Product("Simulation", 1, 2600, 0.8),
    Product("HV_Simulation", 1, 5200, 0.2, 0.7),
    Product("PDM", 2, 900),
    Product("CAMWorks", 3, 2300),
    Product("DraftSight", 4, 90),
    Product("CATIA", 5, 7800, 0.7),
    Product("Delmia_Apriso", 5, 15000, 0.3, 0.5),
    Product("Services", 6, 1100),
    Product("Training", 7, 620),
    Product("Supplies", 8, 140),
    Product("Success Plan", 9, 380, 1.0, 0.0, "Success Plan GP", "Success_Plan_Qty"),
)

INDUSTRIES = (
    "Machinery",
    "Aerospace",
    "Medical Devices",
    "Electronics",
    "Consumer Goods",
    "Tool and Die",
    "Education",
    "Architecture",
)
INDUSTRY_SHARE = (0.22, 0.10, 0.11, 0.13, 0.14, 0.16, 0.06, 0.08)

# Log-rate of a first purchase in a month, by division; the rest of the process moves it.
BASE = (-4.6, -5.3, -6.1, -5.3, -5.6, -7.9, -4.55, -5.0, -4.9, 0.0)
# What one deviation of log(employees) adds to the log-rate.
SIZE = (0.20, 0.25, 0.35, 0.10, -0.15, 0.45, 0.20, 0.15, 0.10, 0.0)
# Two hidden needs of a customer (engineering depth, shop floor) and how a division answers.
NEEDS = ((0.25, 0.4, 0.3, 0, -0.1, 0.3, 0.2, 0.2, 0, 0), (0.1, 0, 0, 0.5, 0.2, 0, 0.1, 0.1, 0.5, 0))
OWN_NEED = (0.45, 0.4, 0.35, 0.4, 0.6, 0.3, 0.35, 0.35, 0.4, 0.0)  # deviation of a hidden need
# What an industry adds to the log-rate: rows as INDUSTRIES, columns as DIVISIONS.
FIT = (
    (0.2, 0.1, 0.1, 0.1, -0.1, 0.0, 0.1, 0.1, 0.0, 0),
    (0.1, 0.4, 0.4, 0.2, -0.3, 0.6, 0.2, 0.1, 0.0, 0),
    (0.1, 0.3, 0.2, 0.0, -0.3, 0.1, 0.2, 0.2, 0.3, 0),
    (0.0, 0.1, 0.1, -0.3, 0.0, -0.1, 0.0, 0.0, 0.0, 0),
    (0.1, 0.0, 0.0, -0.2, 0.1, -0.2, 0.0, 0.0, 0.2, 0),
    (0.0, -0.4, -0.3, 0.6, 0.2, -0.3, -0.1, 0.0, 0.0, 0),
    (-0.2, -0.2, -0.5, -0.2, 0.2, -0.5, -0.3, 0.6, 0.2, 0),
    (-0.5, -0.7, -0.5, -0.8, 1.1, -0.8, -0.3, -0.1, -0.5, 0),
)
# What log(1 + units owned) of a division (row) adds to the log-rate of another (column).
AFFINITY = (
    (0.50, 0.20, 0.30, 0.15, -0.30, 0.10, 0.10, 0.10, 0.00, 0),
    (0.00, 0.50, 0.10, 0.00, 0.00, 0.35, 0.10, 0.10, 0.00, 0),
    (0.10, 0.10, 0.00, 0.00, 0.00, 0.20, 0.30, 0.10, 0.00, 0),
    (0.00, 0.05, 0.00, 0.70, 0.00, 0.00, 0.10, 0.10, 0.45, 0),
    (0.35, 0.00, 0.00, 0.10, 0.00, 0.00, 0.00, 0.10, 0.00, 0),
    (0.00, 0.15, 0.20, 0.00, -0.30, 0.00, 0.30, 0.10, 0.00, 0),
    (0.00, 0.00, 0.10, 0.00, 0.00, 0.00, 0.20, 0.00, 0.00, 0),
    (0.05, 0.10, 0.00, 0.05, 0.00, 0.00, 0.00, 0.35, 0.00, 0),
    (0.00, 0.00, 0.00, 0.05, 0.00, 0.00, 0.00, 0.00, 0.00, 0),
    (0.05, 0.05, 0.05, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0),
)
MOOD = (1.0, 1.0, 0.9, 1.0, 0.7, 0.9, 1.0, 0.9, 0.8, 0.0)  # answer to the customer's hidden mood
PROJECT = (0.6, 0.8, 0.7, 0.6, 0.2, 0.8, 1.0, 0.5, 0.2, 0.0)  # answer to a running project
ATTACH = (0, 0, 0, 0, 0, 0, 0.75, 0.95, 0.15, 0)  # answer to seats bought in the last months
MONTHLY_GROWTH = (0.002, 0.008, 0.004, -0.004, 0.006, 0.004, 0.003, 0.002, 0.004, 0.0)
UNITS = (0.8, 0.3, 2.5, 0.2, 1.5, 0.6, 2.0, 1.0, 4.0, 0.0)  # mean units beyond the first

# By month of the year, January first: everybody's budget, and the divisions with their own.
YEAR = (-0.30, -0.10, 0.25, -0.05, 0.00, 0.25, -0.25, -0.20, 0.20, 0.00, 0.10, 0.50)
SCHOOL = (0.15, 0.25, 0.30, 0.00, -0.10, -0.40, -0.40, 0.10, 0.40, 0.35, 0.10, -0.40)
FLAT = (0.00, 0.00, 0.05, 0.00, 0.00, 0.05, -0.10, -0.10, 0.05, 0.00, 0.00, -0.05)


def season() -> np.ndarray:
    """Return what the month of the year (row) adds to the log-rate of a division (column)."""
    table = np.tile(np.array(YEAR)[:, None], (1, len(DIVISIONS)))
    table[:, TRAINING] = SCHOOL
    table[:, SUPPLIES] = FLAT
    table[:, 5] *= 1.6  # large systems are bought with what is left of the year's budget
    table[:, PLAN] = 0.0
    return table.astype(np.float32)
