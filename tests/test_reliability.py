"""docs/reliability.md names tests that exist, and says what is not guaranteed."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
PROMISES = PAGE.split("## ")[0]


def test_every_guarantee_names_a_file_of_tests_that_has_some():
    rows = [line for line in PROMISES.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        files = re.findall(r"`(tests/test_\w+\.py)`", row)
        assert files, row
        for name in files:
            assert re.search(r"^ *def test_\w+\(", (ROOT / name).read_text(), re.M), name


def test_every_script_that_the_page_names_exists():
    assert all((ROOT / name).is_file() for name in re.findall(r"`(benchmarks/\w+\.py)`", PAGE))


def test_the_page_says_what_is_not_guaranteed():
    assert PAGE.split("## What is not guaranteed")[1].count("\n- ") >= 4
