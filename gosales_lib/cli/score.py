"""`gosales score`: scores a new month with the models of the released run, without training."""

from __future__ import annotations

from typing import Annotated

import typer

from gosales_lib.cli import options, working
from gosales_lib.cli.common import RUN, RunsDir, runs_folder


def score(
    name: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help=f"{RUN} with the models; by default the released run."),
    ] = None,
    cutoff: Annotated[
        str | None,
        typer.Option(
            help="Last day that the features may see, as YYYY-MM-DD; by default the end of the "
            "last month that the log covers.",
            rich_help_panel=options.TIME,
        ),
    ] = None,
    data: options.Log = None,
    layout: options.LayoutFile = None,
    runs: RunsDir = None,
    no_publish: options.NoPublish = False,
    strict: options.Strict = False,
) -> None:
    """Score a new month with the models of an earlier run, without training them again.

    A new run folder reads the new log, makes the features at the cutoff, checks their drift, and
    writes scores and a list. One process does it all, and no charts are drawn. In another month,
    the season of the trained month is removed from the models. Columns, divisions or a label that
    do not fit the models are refused. The new run is a candidate: `gosales release` makes its list
    the current one.
    """
    from gosales_lib import run_folders
    from gosales_lib.batch import arguments, rescore
    from gosales_lib.cli.release import layout_name
    from gosales_lib.run_folders import releases

    parent = runs_folder(runs)
    if name is not None:
        trained = run_folders.find_run(parent, name)
    else:
        wanted = layout_name(layout)
        act = releases.released(parent, wanted)
        if act is None:
            raise FileNotFoundError(
                f"no run of layout {wanted!r} is released: name a RUN to score with"
            )
        trained = act.opened()
    file = run_folders.shown(arguments.layout_file(layout)) if layout else None
    fresh, request = rescore.prepare(parent, trained, data, cutoff, file)
    ends = working.Ends(mlflow=False, publish=not no_publish, strict=strict)
    working.work(fresh, request, working.how(1), rescore.SELECT, ends)
