"""`gosales leakage`: all leakage checks on the divisions of a finished run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gosales_lib.cli import exit_statuses
from gosales_lib.cli.common import RunName, RunsDir, console, runs_folder

if TYPE_CHECKING:
    import polars as pl

    from gosales_lib.core.timeline import Length
    from gosales_lib.evaluation.leakage import Build
    from gosales_lib.run_folders import Run


def leakage(
    name: RunName = None,
    runs: RunsDir = None,
    division: Annotated[
        list[str] | None,
        typer.Option(
            help="Division of the layout; by default all divisions of the run. Repeatable."
        ),
    ] = None,
    cutoff: Annotated[
        str | None, typer.Option(help="Cutoff of the run, as YYYY-MM-DD; by default its latest.")
    ] = None,
    oracle: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=1.0,
            help="AUC above which a single feature is suspect; by default that of the layout.",
        ),
    ] = None,
) -> None:
    """Run six leakage checks on the models of a run; exit with status 1 if one finds a leak.

    The checks are: scrambled later rows (poison), cutoffs two weeks earlier (shift), shuffled
    labels, a single feature that predicts too well (oracle), dates in features, and duplicate
    customers. The checks build the matrices again and write no file.
    """
    from gosales_lib import run_folders as folders
    from gosales_lib.batch import arguments
    from gosales_lib.cli import tables
    from gosales_lib.run_folders import record

    run = folders.find_run(runs_folder(runs), name)
    planned = record.read(run).get("cutoffs") or {}
    if not planned:
        raise ValueError(f"run {run.id} has no division to check: see `gosales status {run.id}`")
    day = arguments.nearest(cutoff, list(planned), "--cutoff") if cutoff else max(planned)
    layout = run.layout()
    chosen = [arguments.nearest(text, layout.divisions, "--division") for text in division or []]
    out, leaks = console(), 0
    for each in chosen or planned[day]:
        limit = layout.learning.oracle_limit if oracle is None else oracle
        rows = checks(run, each, day, limit).rows()
        leaks += sum(result == "LEAK" for _, result, _ in rows)
        out.print(f"\n{each} at {day}", style="bold", markup=False)
        tables.show(out, ("check", "result", "seen"), rows)
    if leaks:
        raise typer.Exit(exit_statuses.FAILED)


def checks(run: Run, division: str, cutoff: str, oracle: float) -> pl.DataFrame:
    """Return the table of leakage checks of one division of a run."""
    import polars as pl

    from gosales_lib.core import timeline
    from gosales_lib.evaluation import leakage as gauntlets
    from gosales_lib.learning.rows import Span
    from gosales_lib.run_folders import record

    content = record.read(run)
    closed = run.at(division, cutoff).read("labels")["cutoff_date"].unique().sort().to_list()
    sales = pl.concat([run.read("fact_transactions"), run.read("holdout_transactions")])
    given, months = content["parameters"].get("parameters", {}), record.window(content)
    day = timeline.parse_date(cutoff)
    span = Span.of(closed, months, int(given.get("embargo_days", 0)), anchor=day)
    build = builder(run, division, [*closed, day], months, str(given.get("families", "")))
    return gauntlets.table(gauntlets.gauntlet(sales, build, day, span, oracle))


def builder(run: Run, division: str, cutoffs: list[date], months: Length, families: str) -> Build:
    """Return a function that makes features and labels of a log, as 02_features does."""
    import narwhals as nw

    from gosales_lib import features
    from gosales_lib.core import timeline
    from gosales_lib.features import labels

    layout = run.layout()
    asked = features.options(layout, families, months)
    customers = nw.from_native(run.read("dim_customer").lazy())
    assets = nw.from_native(run.read("assets").lazy()) if layout.assets else None
    buffer = layout.learning.label_buffer_days
    windows = [timeline.Window(day, months, buffer, cutoffs[-1]) for day in cutoffs[:-1]]

    def build(rows: pl.DataFrame, back: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        days = [day - timedelta(days=back) for day in cutoffs]
        log = nw.from_native(rows.lazy())
        matrix = features.build(log, days, division, asked, customers=customers, assets=assets)
        return matrix, labels.at(rows, division, windows, layout.purchase)

    return build
