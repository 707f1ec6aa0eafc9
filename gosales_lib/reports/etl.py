"""The report of 01_etl: the account of every row and every cent."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from gosales_lib.core.alarms import Alarm
from gosales_lib.core.coverage import Coverage
from gosales_lib.reports.base import Part, Report


class Account(Part):
    """Rows and gross profit that were read, kept and rejected."""

    rows_in: int
    rows_kept: int
    rows_rejected: int
    rows_empty: int
    gross_profit_in: float
    gross_profit_kept: float
    gross_profit_rejected: float
    duplicates: int
    fact_rows: int
    rows_left_out: int
    gross_profit_left_out: float


class File(Account):
    """The account of one file."""

    file: str


class Totals(Account):
    """The account of a log, and its first and last day with a row (None without any)."""

    first_order: date | None
    last_order: date | None


class LeftOut(Part):
    """What one rule of the layout leaves out."""

    rows: int
    gross_profit: float


class Etl(Totals, Report):
    """The report of 01_etl: the log's account, and the same of the holdout."""

    step: ClassVar[str] = "01_etl"

    layout: str
    currency: str
    divisions: list[str]
    customers: int
    customers_with_orders: (
        int  # with a purchase line; one who only returned goods is not among them
    )
    holdout: Totals
    files: list[File]
    holdout_files: list[File]
    rejected_by_reason: dict[str, int]
    left_out_by_rule: dict[str, LeftOut]
    files_left_out: dict[str, str]  # why a file of the folder is not read, by its name
    keys_changed: int  # customers' keys that were changed to their normal form
    alarms: list[Alarm]
    coverage: Coverage
    holdout_coverage: Coverage  # of the log and its holdout together
    sentence: str

    @property
    def share_kept(self) -> float | None:
        """The share of the rows that were kept, None without rows."""
        return self.rows_kept / self.rows_in if self.rows_in else None
