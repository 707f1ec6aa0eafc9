"""Receipts: what must be run again when it changes, and what need not."""

from __future__ import annotations

from gosales_lib.run_folders import receipts


def test_a_receipt_covers_what_decides_a_result_and_no_more():
    names = set(receipts.result_modules())
    assert {
        "core/timeline",
        "features/labels",
        "learning/models/boosted",
        "sales_log/account",
    } <= names
    assert {name for name in names if name.startswith(("batch/", "cli/", "run_folders"))} == set()
