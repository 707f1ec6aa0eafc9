"""Names of customers and reps; some are what people and attackers put into a name field."""

from __future__ import annotations

import numpy as np

from gosales_lib.sample.population import BRANCHES

HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "<script>alert(1)</script>",
    "../../etc",
    "Zephyr 🚀 Robotics 🤖",
    "株式会社 精密工業",
    "ООО «Точная механика»",  # noqa: RUF001
    "شركة الهندسة الدقيقة",
    "Long Name " + "x" * 190,
    "'; DROP TABLE customers; --",
    'O\'Brien, "Precision" & Sons',
    "+1-800-CALL-NOW",
    "Null & Void Inc",
    "Fräsmaschinen Müller; GmbH",
    "Two\nLines Tooling",
)
FIRST = (
    *("Apex", "Summit", "Delta", "Pioneer", "Northern", "Atlas", "Granite", "Harbor", "Keystone"),
    *("Liberty", "Meridian", "Orion", "Pacific", "Quantum", "Redwood", "Sterling", "Titan"),
    *("Union", "Vector", "Westfield", "Beacon", "Cascade", "Evergreen", "Falcon"),
)
SECOND = (
    *("Precision", "Industrial", "Advanced", "Dynamic", "General", "Integrated", "Modern"),
    *("National", "Allied", "Applied", "Custom", "Global", "Superior", "United", "Valley"),
    *("River", "Lake", "Metro"),
)
THIRD = (  # the places are those of catalogue.INDUSTRIES
    ("Machine", "Aerospace", "Medical", "Circuits", "Products", "Mold", "Institute", "Architects"),
    ("Works", "Systems", "Devices", "Electronics", "Goods", "Tool", "College", "Studio"),
    ("Automation", "Aviation", "Surgical", "Controls", "Brands", "Dies", "University", "Design"),
)
LAST = ("Inc", "LLC", "Corp", "Co", "Ltd")
GIVEN = (
    *("Ana", "Ben", "Carla", "Dev", "Elena", "Femi", "Grace", "Hugo", "Ines", "Jon", "Kira"),
    *("Liam", "Mona", "Nils", "Olga", "Paul"),
)
FAMILY = (
    *("Adams", "Brandt", "Chen", "Diaz", "Evans", "Fischer", "Gupta", "Haines", "Ito", "Jensen"),
    *("Kovacs", "Lopez", "Moreau"),
)


def customers(industry: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Return a name per customer; the hostile ones stand far apart."""
    count = len(industry)
    first, second = rng.integers(0, len(FIRST), count), rng.integers(0, len(SECOND), count)
    third, last = rng.integers(0, len(THIRD), count), rng.integers(0, len(LAST), count)
    names = [
        f"{FIRST[a]} {SECOND[b]} {THIRD[c][i]} {LAST[d]}"
        for a, b, c, d, i in zip(first, second, third, last, industry, strict=True)
    ]
    apart = max(1, count // (len(HOSTILE) + 1))
    for at, name in zip(range(apart - 1, count, apart), HOSTILE, strict=False):
        names[at] = name
    return names


def reps(
    region: np.ndarray, branch: np.ndarray, customer: np.ndarray, year: np.ndarray
) -> tuple[list[str], list[str]]:
    """Return branch and rep of each order.

    A branch has three territories; some of them change hands in 2023.
    """
    places = {(r, b): name for r, names in enumerate(BRANCHES) for b, name in enumerate(names)}
    territory = customer % 3
    moved = (year >= 2023) & ((region + branch + territory) % 4 == 0)
    seat = region * 7 + branch * 3 + territory + np.where(moved, 71, 0)
    branches = [places[r, b] for r, b in zip(region.tolist(), branch.tolist(), strict=True)]
    people = [f"{GIVEN[s % len(GIVEN)]} {FAMILY[s * 5 % len(FAMILY)]}" for s in seat.tolist()]
    return branches, people
