"""The run that the dashboard shows; its files are read when a page needs them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from gosales_lib import reports, run_folders
from gosales_lib.core import timeline
from gosales_lib.core.terms import LAPSED_MONTHS, Purchase
from gosales_lib.dashboard.read import choice, records
from gosales_lib.dashboard.read.finder import Finder
from gosales_lib.dashboard.read.scope import Scope
from gosales_lib.reports import NotAvailableError, Report
from gosales_lib.reports import division as reported
from gosales_lib.reports.base import shown as shown_file
from gosales_lib.reports.division import Division
from gosales_lib.reports.etl import Etl
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.run_folders import Run, endings, integrity, record
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.whitespace import sheets
from gosales_lib.whitespace.reasons import REASONS
from gosales_lib.whitespace.reps import UNASSIGNED

if TYPE_CHECKING:
    from gosales_lib.batch.levels import Health

R = TypeVar("R", bound=Report)

LISTED = (
    "rank", "customer_id", "customer_name", "division", "motion", "chosen", "probability",
    "expected_gp_if_sold", "expected_gp", "rep", "branch", "call_order",
)  # fmt: skip


class NotShownError(ValueError):
    """A run, a list or a figure that cannot be shown; the message is for the reader."""


@dataclass(frozen=True)
class Shown:
    """One run at one cutoff."""

    run: Run
    cutoff: str
    scope: Scope | None = None

    @cached_property
    def _seen(self) -> pl.DataFrame | None:
        """The customers that this viewer may see (`customer_id`), None where all may be seen."""
        if self.scope is None:
            return None
        customers = pl.scan_parquet(self._found(self.run, "dim_customer"))
        return customers.filter(self.scope.sees()).select("customer_id").collect()

    def scoped(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return rows of a file without those of customers whom this viewer may not see."""
        if self._seen is None or "customer_id" not in rows.collect_schema():
            return rows
        return rows.join(self._seen.lazy(), on="customer_id", how="semi", maintain_order="left")

    @cached_property
    def record(self) -> dict[str, Any]:
        """The runner's record of the run."""
        return records.content(self.run.path / "run.json")

    @property
    def go_on(self) -> str:
        """How to go on with the run where a part of it is missing."""
        return endings.go_on(self.run.id, self.record)

    @property
    def divisions(self) -> list[str]:
        """The divisions of this cutoff, in the run's order."""
        return list((self.record.get("cutoffs") or {}).get(self.cutoff, []))

    @property
    def window(self) -> timeline.Length:
        """The length of the window: months, or days where the run was asked for days."""
        return record.window(self.record)

    @cached_property
    def layout(self) -> dict[str, Any]:
        """The layout that 01_etl read the log with."""
        return records.content(self.run.path / "layout.json")

    @property
    def currency(self) -> str:
        """The layout's currency."""
        return str(self.layout.get("currency", "USD"))

    @cached_property
    def purchase(self) -> Purchase:
        """What counts as a purchase: the layout's."""
        return Purchase.model_validate(self.layout.get("purchase", {}))

    @property
    def lapsed_months(self) -> int:
        """The number of months after which an owner has lapsed: the layout's."""
        return int(self.layout.get("lapsed_months", LAPSED_MONTHS))

    @cached_property
    def etl(self) -> Etl:
        """The report of 01_etl."""
        return self._report(self.run, Etl)

    @cached_property
    def offers_report(self) -> Whitespace:
        """The report of 06_whitespace."""
        return self._report(self.run.whitespace(self.cutoff), Whitespace)

    @property
    def is_priced(self) -> bool:
        """Whether the list's expected money may be shown: earlier windows bear it out."""
        return self.offers_report.values.trusted

    def division(self, name: str) -> Division:
        """Return the reports of a division's notebooks."""
        if name not in self._divisions:
            folder = self.run.at(name, self.cutoff).path
            self._divisions[name] = reported.of(name, folder)
        return self._divisions[name]

    @cached_property
    def _divisions(self) -> dict[str, Division]:
        return {}

    @property
    def health(self) -> Health:
        """The health of the run, compared with the released run and the last checked one."""
        from gosales_lib.batch import levels

        folder = self.run.path.parent
        others = (choice.released(folder), tuple(run.id for run in run_folders.list_runs(folder)))
        if others not in self._health:
            self._health.clear()
            self._health[others] = levels.of(self.run)
        return self._health[others]

    @cached_property
    def _health(self) -> dict[object, Health]:
        return {}

    @property
    def problems(self) -> list[str]:
        """Why reports of this run are not available: one sentence each, with file and field."""
        parts = [self.division(name).problems for name in self.divisions]
        return [text for each in parts for text in each.values()]

    @cached_property
    def listed(self) -> pl.DataFrame:
        """The ranked list with the columns that it is filtered, sorted and summed by.

        Texts that repeat are kept as codes, so that half a million offers fit into some 30 MB.
        """
        wanted = self._scan().select(*LISTED).with_row_index("row")
        coded = pl.col("division", "rep", "branch", "motion").cast(pl.Categorical)
        return self._read(wanted.with_columns(coded, pl.col("rank").set_sorted()))

    @property
    def called(self) -> tuple[int, float, float]:
        """The offers to call that this viewer may see: number, expected profit and purchases."""
        chosen = self.listed.filter("chosen")
        worth, purchases = chosen.select(pl.sum("expected_gp", "probability")).row(0)
        return chosen.height, float(worth), float(purchases)

    def whole(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows of `listed` with all columns of the file, in the same order."""
        wanted = rows.select("row").with_columns(place=pl.int_range(pl.len()))
        offers = self._scan().with_row_index("row").join(wanted.lazy(), "row")
        return self._read(offers.sort("place")).drop("row", "place")

    def with_reasons(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return a page of `listed` with what to say of each offer, read for these rows only.

        The columns: opener, the reasons, product and when (`sheets.product`, `sheets.when`).
        """
        if rows.is_empty():
            return rows
        numbers = rows["row"].implode()
        told: list[str | pl.Expr] = ["opener", *REASONS, sheets.product(), sheets.when()]
        texts = self._scan().select(told).with_row_index("row")
        reasons = self._read(texts.filter(pl.col("row").is_in(numbers)))
        return rows.join(reasons, "row", "left", maintain_order="left")

    def values(self, column: str) -> list[str]:
        """Return every value of a column, sorted; divisions whose quality gate failed are included.

        Offers without a rep or branch are those of `UNASSIGNED`, the last one.
        """
        values = self.listed[column].unique().cast(pl.String).to_list()
        silent = self.offers_report.no_signal if column == "division" else []
        nobody = [UNASSIGNED] if None in values and column in ("rep", "branch") else []
        return sorted({*values, *silent} - {None, *nobody}) + nobody

    @cached_property
    def finder(self) -> Finder:
        """Customers by name, number, rep and branch."""
        parts = pl.concat_str(
            "customer_name", "customer_id", "rep", "branch", separator=" ", ignore_nulls=True
        )
        return Finder(self.customers.select(key="customer_id", text=parts))

    @cached_property
    def reps(self) -> Finder:
        """Reps by name."""
        names = self.customers["rep"].drop_nulls().unique().sort()
        return Finder(pl.DataFrame({"key": names, "text": names}))

    def _scan(self) -> pl.LazyFrame:
        folder = self.run.whitespace(self.cutoff)
        return pl.scan_parquet(self._found(folder, "whitespace"))

    @cached_property
    def customers(self) -> pl.DataFrame:
        """`dim_customer`: one row per customer."""
        return self.frame(self.run, "dim_customer")

    def of(self, division: str, name: str, customer_id: str | None = None) -> pl.DataFrame:
        """Return a frame of one division, of one customer only where one is named."""
        wanted = pl.scan_parquet(self._found(self.run.at(division, self.cutoff), name))
        if customer_id is not None:
            wanted = wanted.filter(pl.col("customer_id") == customer_id)
        return self._read(wanted)

    def frame(self, folder: Folder, name: str) -> pl.DataFrame:
        """Return a frame of a folder; NotShownError: the file is missing or damaged."""
        return self._read(pl.scan_parquet(self._found(folder, name)))

    def _found(self, folder: Folder, name: str) -> Path:
        path = folder.path / f"{name}.parquet"
        if path.is_file() and not integrity.changed(path):
            return path
        if path.is_file():
            raise NotShownError(f"not available: {shown_file(path)}: {integrity.CHANGED}.")
        where = f"{name} of {folder.division}" if folder.division else name
        raise NotShownError(
            f"Run {self.run.id} has no {where}, for its notebook did not end well: {self.go_on}."
        )

    def _read(self, wanted: pl.LazyFrame) -> pl.DataFrame:
        try:
            return self.scoped(wanted).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise NotShownError(
                f"A file of run {self.run.id} is damaged ({type(error).__name__}). "
                f"`gosales run --resume {self.run.id} --force` makes it again."
            ) from None

    def _report(self, folder: Folder, kind: type[R]) -> R:
        try:
            return reports.read(folder, kind)
        except NotAvailableError as error:
            raise NotShownError(f"{error}.") from None
        except FileNotFoundError:
            missing = f"{kind.step} has left no report in run {self.run.id}"
            raise NotShownError(f"{missing}: {self.go_on}.") from None
