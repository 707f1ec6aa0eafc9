"""The options of `gosales run` and similar commands: type, name, help and group of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

WHAT, DATA, TIME, MODELS = "What to run", "Data", "Time", "Models and list"
HOW, AGAIN, ENDS = "How to run", "Resume and preview", "What becomes of the run"
"""Groups of options in the help."""

LayoutFile = Annotated[str | None, Option(help="Layout file (YAML).", rich_help_panel=DATA)]
Log = Annotated[Path | None, Option(help="Folder of the sales log.", rich_help_panel=DATA)]
Holdout = Annotated[Path | None, Option(help="Folder of the later sales.", rich_help_panel=DATA)]

Divisions = Annotated[
    list[str] | None,
    Option(
        help="Division, as spelled in the layout. Repeat the option for several.",
        rich_help_panel=WHAT,
    ),
]
AllDivisions = Annotated[
    bool, Option(help="Include divisions with too few buyers.", rich_help_panel=WHAT)
]
Notebooks = Annotated[Path | None, Option(help="Folder of the notebooks.", rich_help_panel=WHAT)]

Cutoffs = Annotated[
    list[str] | None,
    Option(
        help="Last day that the models may see, as YYYY-MM-DD. Repeat the option for several.",
        rich_help_panel=TIME,
    ),
]
WindowMonths = Annotated[
    int | None,
    Option(min=1, help="Length of the window to predict, in months.", rich_help_panel=TIME),
]
WindowDays = Annotated[
    int | None,
    Option(min=7, help="Length of the window in days, instead of months.", rich_help_panel=TIME),
]
TrainingCutoffs = Annotated[
    int | None, Option(min=1, help="Largest number of training cutoffs.", rich_help_panel=TIME)
]
StepMonths = Annotated[
    int | None, Option(min=1, help="Months between training cutoffs.", rich_help_panel=TIME)
]
MaxMissingDays = Annotated[
    int | None,
    Option(min=0, help="Number of days that the holdout may lack.", rich_help_panel=TIME),
]

Families = Annotated[
    str | None,
    Option(
        help="Feature families, separated by commas; +name adds one, -name removes one.",
        rich_help_panel=MODELS,
    ),
]
TopN = Annotated[
    int | None, Option(min=1, help="Largest number of offers to call.", rich_help_panel=MODELS)
]
Parameters = Annotated[
    list[str] | None,
    Option("-p", help="Notebook parameter, as name=value. Repeatable.", rich_help_panel=MODELS),
]
Seed = Annotated[int | None, Option(help="Random seed.", rich_help_panel=MODELS)]

Jobs = Annotated[
    int | None,
    Option(
        "--jobs", "-j", min=1, help="Number of notebooks to run in parallel.", rich_help_panel=HOW
    ),
]
Engine = Annotated[
    str | None,
    Option(help="Engine for the features: polars, duckdb or pyspark.", rich_help_panel=HOW),
]
Kernels = Annotated[
    str, Option(help="Start kernels in advance (warm) or on demand (cold).", rich_help_panel=HOW)
]
Dask = Annotated[
    str | None, Option(help="Address of a Dask scheduler, or local.", rich_help_panel=HOW)
]
Timeout = Annotated[
    float,
    Option(min=0, help="Time limit per notebook in seconds; 0 for none.", rich_help_panel=HOW),
]
CellTimeout = Annotated[
    float, Option(min=0, help="Time limit per cell in seconds; 0 for none.", rich_help_panel=HOW)
]
Monthly = Annotated[
    bool, Option("--monthly", help="Do what is due for the layout, once.", rich_help_panel=HOW)
]

Resume = Annotated[
    bool, Option("--resume", help="Finish an unfinished run.", rich_help_panel=AGAIN)
]
From = Annotated[
    str | None,
    Option("--from", help="Run this notebook and later ones again.", rich_help_panel=AGAIN),
]
Only = Annotated[
    list[str] | None, Option(help="Resume this division only. Repeatable.", rich_help_panel=AGAIN)
]
Force = Annotated[
    bool, Option("--force", help="Run up-to-date notebooks again, too.", rich_help_panel=AGAIN)
]
DryRun = Annotated[
    bool, Option("--dry-run", help="Show what would run, and end.", rich_help_panel=AGAIN)
]

NoMlflow = Annotated[
    bool, Option("--no-mlflow", help="Do not log to MLflow.", rich_help_panel=ENDS)
]
NoPublish = Annotated[
    bool, Option("--no-publish", help="Do not write to the database.", rich_help_panel=ENDS)
]
Trial = Annotated[
    bool | None,
    Option(
        "--trial/--no-trial",
        help="Make the run a trial, or a release candidate.",
        rich_help_panel=ENDS,
    ),
]
Name = Annotated[str, Option("--name", help="Name of the run.", rich_help_panel=ENDS)]
Note = Annotated[str, Option(help="Purpose of the run.", rich_help_panel=ENDS)]
Tags = Annotated[list[str] | None, Option(help="Tag of the run. Repeatable.", rich_help_panel=ENDS)]
Release = Annotated[
    str,
    Option(
        help="Release the run when it ends well; the value is the reason.", rich_help_panel=ENDS
    ),
]
Strict = Annotated[
    bool, Option("--strict", help="Exit with status 3 on a warning.", rich_help_panel=ENDS)
]
