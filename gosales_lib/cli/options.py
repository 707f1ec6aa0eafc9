"""The options of `gosales run` and similar commands: type, name, help and group of each."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from typer import Option

WHAT, DATA, TIME, MODELS = "What to run", "Data", "Time", "Models and list"
HOW, AGAIN, ENDS = "How to run", "Resume and preview", "What becomes of the run"
"""Groups of options in the help."""
_what, _data, _time, _models, _how, _again, _ends = (
    partial(Option, rich_help_panel=group) for group in (WHAT, DATA, TIME, MODELS, HOW, AGAIN, ENDS)
)

LAYOUT = "Layout file (YAML); by default GOSALES_LAYOUT (layouts/gosales.yaml)"

LayoutFile = Annotated[str | None, _data(help=f"{LAYOUT}.")]
Log = Annotated[Path | None, _data(help="Folder of the sales log; by default that of the layout.")]
Holdout = Annotated[
    Path | None,
    _data(help="Folder of the later sales; by default holdout in --data, else that of the layout."),
]
Divisions = Annotated[
    list[str] | None,
    _what(help="Division of the layout; by default each with enough buyers. Repeatable."),
]
AllDivisions = Annotated[bool, _what(help="Include the divisions with too few buyers.")]
Notebooks = Annotated[Path | None, _what(help="Folder of the notebooks; by default notebooks.")]
Cutoffs = Annotated[
    list[str] | None,
    _time(
        help="Last day that the models may see, as YYYY-MM-DD; by default the end of the last "
        "month that the log covers. Repeatable."
    ),
]
WindowMonths = Annotated[
    int | None, _time(min=1, help="Length of the window to predict, in months; by default 6.")
]
WindowDays = Annotated[
    int | None, _time(min=7, help="Length of the window in days instead of months.")
]
TrainingCutoffs = Annotated[
    int | None, _time(min=1, help="Maximum number of training cutoffs; by default 8.")
]
StepMonths = Annotated[
    int | None,
    _time(
        min=1, help="Months between training cutoffs; by default chosen by the length of the log."
    ),
]
MaxMissingDays = Annotated[
    int | None,
    _time(
        min=0, help="Days of the window that the holdout may lack; by default those of the layout."
    ),
]
Families = Annotated[
    str | None,
    _models(
        help="Feature families, separated by commas; +name adds one, -name removes one. By default "
        "those of the layout."
    ),
]
TopN = Annotated[
    int | None,
    _models(
        min=1, help="Maximum number of offers in the list; by default what the reps' lists hold."
    ),
]
Parameters = Annotated[
    list[str] | None, _models("-p", help="Notebook parameter, as name=value. Repeatable.")
]
Seed = Annotated[int | None, _models(help="Random seed; by default GOSALES_SEED (17).")]
Jobs = Annotated[
    int | None,
    _how(
        "--jobs",
        "-j",
        min=1,
        help="Number of notebooks to run in parallel; by default one per core, up to 4.",
    ),
]
Engine = Annotated[
    str | None,
    _how(
        help="Engine for the features: polars, duckdb or pyspark; by default GOSALES_ENGINE "
        "(polars)."
    ),
]
Kernels = Annotated[str, _how(help="Start kernels in advance (warm) or on demand (cold).")]
Dask = Annotated[
    str | None, _how(help="Run on a Dask cluster: the address of its scheduler, or local.")
]
Timeout = Annotated[float, _how(min=0, help="Time limit per notebook in seconds; 0 for none.")]
CellTimeout = Annotated[float, _how(min=0, help="Time limit per cell in seconds; 0 for none.")]
Monthly = Annotated[bool, _how("--monthly", help="Do once all that is due for the layout.")]
Resume = Annotated[bool, _again("--resume", help="Finish an unfinished run.")]
From = Annotated[
    str | None,
    _again("--from", help="Run this notebook and the later ones again, such as 04_score."),
]
Only = Annotated[list[str] | None, _again(help="Resume this division only. Repeatable.")]
Force = Annotated[bool, _again("--force", help="Run up-to-date notebooks again as well.")]
DryRun = Annotated[bool, _again("--dry-run", help="Show what would run, and exit.")]
NoMlflow = Annotated[bool, _ends("--no-mlflow", help="Do not log to MLflow.")]
NoPublish = Annotated[bool, _ends("--no-publish", help="Do not write to the database.")]
Trial = Annotated[
    bool | None,
    _ends(
        "--trial/--no-trial",
        help="Make the run a trial, or a candidate for a release; by default as described above.",
    ),
]
Name = Annotated[str, _ends("--name", help="Name of the run.")]
Note = Annotated[str, _ends(help="Purpose of the run.")]
Tags = Annotated[list[str] | None, _ends(help="Tag of the run. Repeatable.")]
Release = Annotated[str, _ends(help="Release the run if it succeeds; the value is the reason.")]
Strict = Annotated[bool, _ends("--strict", help="Exit with status 3 if the level is warning.")]
