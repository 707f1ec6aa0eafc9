"""`gosales score`: scores a new month with the models of the released run, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gosales_lib.cli import options, working
from gosales_lib.cli.common import NamedRun, RunsDir, runs_folder


def score(
    name: NamedRun = None,
    cutoff: Annotated[
        str | None,
        typer.Option(
            help="Last day that the features may see, as YYYY-MM-DD; by default a month's end."
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the new sales log.")] = None,
    layout: Annotated[str | None, typer.Option(help="Layout file (YAML).")] = None,
    runs: RunsDir = None,
    no_publish: options.NoPublish = False,
    strict: options.Strict = False,
) -> None:
    """Score a new month with the models of RUN; by default those of the released run.

    A new run folder reads the new log, makes the features of the cutoff, checks their drift and
    writes scores and a list, all in one process and without pictures. Nothing is trained; for
    another month the season of the trained month is removed from the models.
    Columns, divisions or a label that do not fit are refused. The new run is a candidate:
    `gosales release` makes its list the current one.
    """
    from gosales_lib import run_folders
    from gosales_lib.batch import asking, rescore
    from gosales_lib.cli.release import layout_name
    from gosales_lib.run_folders import releases

    parent = runs_folder(runs)
    if name is not None:
        trained = run_folders.find_run(parent, name)
    else:
        wanted = layout_name(layout)
        act = releases.released(parent, wanted)
        if act is None:
            raise FileNotFoundError(f"no run of layout {wanted!r} is released: name a run")
        trained = act.opened()
    file = run_folders.shown(asking.layout_file(layout)) if layout else None
    fresh, request = rescore.prepare(parent, trained, data, cutoff, file)
    ends = working.Ends(mlflow=False, publish=not no_publish, strict=strict)
    working.work(fresh, request, working.how(1), rescore.SELECT, ends)
