"""The content of a finished run folder, as rows of the published tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from gosales_lib import reports
from gosales_lib.database.schema import (
    CUSTOMER_ATTRIBUTES,
    HOLDOUT_METRICS,
    RUNS,
    TABLES,
    WITH_INTERVAL,
)
from gosales_lib.reports.base import NotAvailableError, shown
from gosales_lib.reports.holdout import Checked, Holdout
from gosales_lib.run_folders import RUN_ID, Run, checks, endings, integrity, kinds, releases
from gosales_lib.run_folders.artifacts import owner

SCORED, LISTED = "*/????-??-??/scores.parquet", "whitespace/????-??-??/whitespace.parquet"


class Contents:
    """The rows of one run folder, read on demand."""

    def __init__(self, path: Path) -> None:
        """Open a run folder; ValueError: it is none, or its run has not ended well."""
        self.path = Path(path)
        self.record = _json(self.path / "run.json")
        self.layout = _json(self.path / "layout.json")
        if not self.layout:
            raise ValueError(f"{self.path} is not a run folder with a finished 01_etl")
        state = self.record.get("state", "done")
        if state != "done":
            mend = endings.go_on(self.run_id, self.record)
            raise ValueError(f"run {self.run_id} is {state} and not published: {mend}")

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @property
    def judged(self) -> Path | None:
        """The folder of the run that this one checks, None where it checks none."""
        if not (checked := self.record.get("checks")):
            return None
        path: Path = self.path.resolve().parent / checked
        if not (path / "run.json").exists():
            raise ValueError(
                f"run {self.run_id} checks run {checked}, which is not in {path.parent}"
            )
        return path

    @property
    def release(self) -> releases.Release | None:
        """The act that released this run; None if it is not the released one."""
        act = releases.released(self.path.resolve().parent, str(self.layout["name"]))
        return act if act is not None and act.run == self.run_id else None

    @property
    def started(self) -> datetime:
        """When the run began, in UTC; a folder of notebooks run by hand: its layout was written."""
        if "started" in self.record:
            return _utc(self.record["started"])
        if RUN_ID.fullmatch(self.run_id):
            return Run(Path(self.run_id)).began
        changed = (self.path / "layout.json").stat().st_mtime
        return datetime.fromtimestamp(int(changed), UTC).replace(tzinfo=None)

    def frames(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield the rows of a published table, `run_id` first; parts come sorted by path."""
        readers: dict[str, Callable[[], Iterator[pl.DataFrame]]] = {
            "runs": lambda: iter([self._run()]),
            "fact_transactions": self._facts,
            "dim_customer": lambda: self._parquet("dim_customer.parquet"),
            "customer_attributes": self._attributes,
            "icp_scores": lambda: self._parquet(SCORED),
            "whitespace": lambda: self._parquet(LISTED),
            "holdout_metrics": lambda: iter([self._metrics()]),
        }
        for rows in readers[table]():
            yield rows.select(pl.lit(self.run_id).alias("run_id"), pl.all())

    def further(self) -> dict[str, dict[str, pl.DataType]]:
        """Return the columns of scores and lists that are not declared, with their types."""
        columns: dict[str, dict[str, pl.DataType]] = {}
        for table, pattern in (("icp_scores", SCORED), ("whitespace", LISTED)):
            for path in sorted(self.path.glob(pattern)):
                new = pl.read_parquet_schema(path).items()
                declared = TABLES[table].columns
                columns.setdefault(table, {}).update({n: t for n, t in new if n not in declared})
        return columns

    def _parquet(self, pattern: str) -> Iterator[pl.DataFrame]:
        for path in sorted(self.path.glob(pattern)):
            if integrity.changed(path):
                raise NotAvailableError(shown(path), integrity.CHANGED)
            yield pl.read_parquet(path)

    def _facts(self) -> Iterator[pl.DataFrame]:
        for rows in self._parquet("fact_transactions.parquet"):
            yield rows.with_row_index("line", 1).with_columns(pl.col("line").cast(pl.Int32))

    def _attributes(self) -> Iterator[pl.DataFrame]:
        """Yield one frame per attribute of the layout: numbers or texts, without unknown values."""
        listed = ((self.layout.get("customers") or {}).get("attributes")) or []
        for rows in self._parquet("dim_customer.parquet"):
            for name, kind in ((item["column"], item["kind"]) for item in listed):
                if name not in rows.columns:
                    continue
                as_number = kind != "category"
                yield rows.filter(pl.col(name).is_not_null()).select(
                    "customer_id",
                    attribute=pl.lit(name),
                    text_value=pl.lit(None) if as_number else pl.col(name).cast(pl.String),
                    number_value=pl.col(name).cast(pl.Float64) if as_number else pl.lit(None),
                ).cast(pl.Schema(CUSTOMER_ATTRIBUTES))

    def _run(self) -> pl.DataFrame:
        given = self.record.get("parameters", {})
        finished = self.record.get("finished")
        identity, act = kinds.of(Run(self.path), self.record), self.release
        row = {
            "layout": self.layout["name"],
            "currency": self.layout.get("currency"),
            "is_current": False,
            "kind": identity.kind,
            "run_name": identity.name or None,
            "note": identity.note or None,
            "released": _utc(act.time) if act else None,
            "started": self.started,
            "finished": _utc(finished) if finished else None,
            "window_months": given.get("window_months"),
            "cutoffs": ",".join(sorted({p.name for p in self.path.glob("*/????-??-??")})),
            "fact_rows": self._count("fact_transactions.parquet"),
            "customers": self._count("dim_customer.parquet"),
            "scores": self._count(SCORED),
            "offers": self._count(LISTED),
            "gosales_version": self.record.get("versions", {}).get("gosales"),
            "git_commit": self.record.get("git_commit"),
        }
        return pl.DataFrame([row], schema=RUNS)

    def _count(self, pattern: str) -> int:
        paths = sorted(self.path.glob(pattern))
        return sum(pl.scan_parquet(p).select(pl.len()).collect().item() for p in paths)

    def _metrics(self) -> pl.DataFrame:
        """Return the measures of the newest check, or else of the run's own holdout."""
        record = checks.track_record(Run(self.path.resolve()))
        rows: list[dict[str, Any]] = []
        paths = record.path.glob(f"*/????-??-??/{Holdout.step}.json") if record else []
        for path in sorted(paths):
            report = reports.read(path.parent, Holdout)
            if isinstance(report, Checked):
                day = datetime.strptime(path.parent.name, "%Y-%m-%d").date()
                at = {"division": owner(path.parent.parent), "cutoff_date": day}
                rows += [at | row for row in metric_rows(report)]
        return pl.DataFrame(rows, schema=HOLDOUT_METRICS)


def metric_rows(report: Checked) -> Iterator[dict[str, Any]]:
    """Yield a row per segment and model or baseline of a report of 05_holdout."""
    window = {"missing_days": report.missing_days, "lacks": report.lacks or None}
    for segment, part in (("all", report), ("new to division", report.new_to_division)):
        size = {key: getattr(part, key) for key in ("customers", "buyers", "base_rate")} | window
        for name, values in part.named().items():
            row = {"segment": segment, "name": name, **size, **dict(values)}
            for measure in WITH_INTERVAL:
                low, high = part.interval(name, measure) or (None, None)
                row |= {f"{measure}_low": low, f"{measure}_high": high}
            yield row


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).replace(tzinfo=None)
