"""`gosales run --monthly`: the monthly round of one layout, with the real notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gosales_lib.cli import exit_statuses
from gosales_lib.cli import release as releasing
from gosales_lib.cli.common import console
from gosales_lib.run_folders import Run

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from gosales_lib.batch.request import How, Request
    from gosales_lib.batch.rounds import Step
    from gosales_lib.cli.working import Ends
    from gosales_lib.run_folders.plan import Selection


class Notebooks:
    """Carries out due steps with the notebooks, the database and the registry.

    After a step that ends with an exit status, the other due steps still run; `status` keeps the
    most severe one. Ctrl-C ends the round.
    """

    def __init__(self, parent: Path, request: Request, how: How, ends: Ends, layout: str) -> None:
        self.parent, self.request, self.how = parent, request, how
        self.ends, self.layout = ends, layout
        self.status = 0

    def do(self, step: Step) -> None:
        """Carry out a step: its deed is the method of that name, on its run."""
        if step.deed == "run":
            self.begin()
        else:
            getattr(self, step.deed)(Run(self.parent / step.run))

    def begin(self) -> None:
        """Start a candidate on the current data."""
        from gosales_lib.cli import working
        from gosales_lib.run_folders.plan import Selection

        fresh = working.begin(self.parent, self.request, trial=False)
        self._work(fresh, self.request, Selection())

    def score(self, run: Run) -> None:
        """Score the data as they are with the models of a run; train where they do not fit."""
        from gosales_lib.batch import rescore
        from gosales_lib.core import settings

        data = Path(settings.resolve(self.request.data_dir)) if self.request.data_dir else None
        try:
            fresh, request = rescore.prepare(self.parent, run, data, None, self.request.layout)
        except ValueError as reason:
            console().print(f"not scored: {reason}", markup=False)
            self.begin()
            return
        self._work(fresh, request, rescore.SELECT)

    def resume(self, run: Run) -> None:
        """Finish a run or a check."""
        from gosales_lib.batch import staleness
        from gosales_lib.batch.request import Request
        from gosales_lib.run_folders import record
        from gosales_lib.run_folders.plan import Selection

        request = staleness.as_it_began(run, Request.of(record.read(run)["parameters"]))
        self._work(run, request, staleness.selection(run, Selection()))

    def check(self, run: Run) -> None:
        """Check a run against the sales since; say why where its files cannot be read."""
        from gosales_lib.batch import recheck

        try:
            fresh, request = recheck.prepare(self.parent, run, None, None)
        except ValueError as reason:
            console().print(f"run {run.id} is not checked: {reason}", markup=False)
            return
        self._work(fresh, request, recheck.SELECT)

    def _work(self, run: Run, request: Request, select: Selection) -> None:
        from gosales_lib.cli import working

        try:
            working.work(run, request, self.how, select, self.ends)
        except typer.Exit as left:
            if left.exit_code == exit_statuses.INTERRUPTED:
                raise
            self.status = max(self.status, left.exit_code)

    def release(self, run: Run) -> None:
        """Release a run if every condition of the layout is met."""
        releasing.automatic(run, publish=self.ends.publish, mlflow=self.ends.mlflow)

    def publish(self, run: Run) -> None:
        """Bring the database up to date."""
        from gosales_lib.cli import publish as publishing

        publishing.after(run)

    def shown(self) -> str | None:
        """Return the run that the database shows as current."""
        from gosales_lib.database import publishing

        return publishing.current(*_database()).get(self.layout)

    def judged(self) -> set[str]:
        """Return the runs whose track record the database holds."""
        from gosales_lib.database import publishing

        return publishing.judged(*_database())


def _database() -> tuple[Engine, str | None]:
    """Return the database of the settings, and the schema of the published tables."""
    from gosales_lib.core import settings
    from gosales_lib.database import connection

    current = settings.load()
    return connection.engine(current), current.database_schema


def work(parent: Path, request: Request, how: How, ends: Ends, dry_run: bool = False) -> None:
    """Do everything that is due for the layout of a request, once; with `dry_run`, only print it.

    Leaves with the most severe exit status of the steps. ValueError: the request is of a part of
    the layout.
    """
    from gosales_lib import layout as layouts
    from gosales_lib.batch.request import fingerprints
    from gosales_lib.batch.rounds import Round
    from gosales_lib.cli.working import refuse_part

    refuse_part(request, "--monthly")
    source = layouts.load(request.layout)
    due = Round(
        runs_dir=parent,
        layout=source.name,
        file=request.layout,
        inputs=fingerprints(request),
        auto_release=source.auto_release,
        train_every=source.train_every_months,
        publishes=ends.publish,
    )
    doer = Notebooks(parent, request, how, ends, source.name)
    if dry_run:
        steps = due.due(doer)
        for step in steps:
            _say(step)
    else:
        parent.mkdir(parents=True, exist_ok=True)
        steps = due.work(doer, _say)
    if not steps:
        typer.echo(f"nothing is due for layout {source.name!r}")
    if doer.status:
        raise typer.Exit(doer.status)


def _say(step: Step) -> None:
    console().print(f"\n== {step.deed} {step.run}".rstrip(), style="bold", markup=False)
