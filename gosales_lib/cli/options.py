"""The options of `gosales run` and similar commands: type, name, help and group of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

WHAT, DATA, TIME, MODELS = "What to run", "Data", "Time", "Models and list"
HOW, AGAIN, ENDS = "How to run", "Resume and preview", "What becomes of the run"
"""Groups of options in the help."""
LAYOUT = "Layout file (YAML); by default GOSALES_LAYOUT (layouts/gosales.yaml)"

LayoutFile = Annotated[str | None, Option(help=f"{LAYOUT}.", rich_help_panel=DATA)]
Log = Annotated[
    Path | None,
    Option(help="Folder of the sales log; by default that of the layout.", rich_help_panel=DATA),
]
Holdout = Annotated[
    Path | None,
    Option(
        help="Folder of the later sales; by default holdout in --data, else that of the layout.",
        rich_help_panel=DATA,
    ),
]

Divisions = Annotated[
    list[str] | None,
    Option(
        help="Division of the layout; by default each with enough buyers. Repeatable.",
        rich_help_panel=WHAT,
    ),
]
AllDivisions = Annotated[
    bool, Option(help="Include the divisions with too few buyers.", rich_help_panel=WHAT)
]
Notebooks = Annotated[
    Path | None,
    Option(help="Folder of the notebooks; by default notebooks.", rich_help_panel=WHAT),
]

Cutoffs = Annotated[
    list[str] | None,
    Option(
        help="Last day that the models may see, as YYYY-MM-DD; by default the end of the last "
        "month that the log covers. Repeatable.",
        rich_help_panel=TIME,
    ),
]
WindowMonths = Annotated[
    int | None,
    Option(
        min=1,
        help="Length of the window to predict, in months; by default 6.",
        rich_help_panel=TIME,
    ),
]
WindowDays = Annotated[
    int | None,
    Option(min=7, help="Length of the window in days instead of months.", rich_help_panel=TIME),
]
TrainingCutoffs = Annotated[
    int | None,
    Option(min=1, help="Maximum number of training cutoffs; by default 8.", rich_help_panel=TIME),
]
StepMonths = Annotated[
    int | None,
    Option(
        min=1,
        help="Months between training cutoffs; by default chosen by the length of the log.",
        rich_help_panel=TIME,
    ),
]
MaxMissingDays = Annotated[
    int | None,
    Option(
        min=0,
        help="Days of the window that the holdout may lack; by default those of the layout.",
        rich_help_panel=TIME,
    ),
]

Families = Annotated[
    str | None,
    Option(
        help="Feature families, separated by commas; +name adds one, -name removes one. By default "
        "those of the layout.",
        rich_help_panel=MODELS,
    ),
]
TopN = Annotated[
    int | None,
    Option(
        min=1,
        help="Maximum number of offers in the list; by default what the reps' lists hold.",
        rich_help_panel=MODELS,
    ),
]
Parameters = Annotated[
    list[str] | None,
    Option("-p", help="Notebook parameter, as name=value. Repeatable.", rich_help_panel=MODELS),
]
Seed = Annotated[
    int | None,
    Option(help="Random seed; by default GOSALES_SEED (17).", rich_help_panel=MODELS),
]

Jobs = Annotated[
    int | None,
    Option(
        "--jobs",
        "-j",
        min=1,
        help="Number of notebooks to run in parallel; by default one per core, up to 4.",
        rich_help_panel=HOW,
    ),
]
Engine = Annotated[
    str | None,
    Option(
        help="Engine for the features: polars, duckdb or pyspark; by default GOSALES_ENGINE "
        "(polars).",
        rich_help_panel=HOW,
    ),
]
Kernels = Annotated[
    str, Option(help="Start kernels in advance (warm) or on demand (cold).", rich_help_panel=HOW)
]
Dask = Annotated[
    str | None,
    Option(
        help="Run on a Dask cluster: the address of its scheduler, or local.", rich_help_panel=HOW
    ),
]
Timeout = Annotated[
    float,
    Option(min=0, help="Time limit per notebook in seconds; 0 for none.", rich_help_panel=HOW),
]
CellTimeout = Annotated[
    float, Option(min=0, help="Time limit per cell in seconds; 0 for none.", rich_help_panel=HOW)
]
Monthly = Annotated[
    bool,
    Option("--monthly", help="Do once all that is due for the layout.", rich_help_panel=HOW),
]

Resume = Annotated[
    bool, Option("--resume", help="Finish an unfinished run.", rich_help_panel=AGAIN)
]
From = Annotated[
    str | None,
    Option(
        "--from",
        help="Run this notebook and the later ones again, such as 04_score.",
        rich_help_panel=AGAIN,
    ),
]
Only = Annotated[
    list[str] | None, Option(help="Resume this division only. Repeatable.", rich_help_panel=AGAIN)
]
Force = Annotated[
    bool, Option("--force", help="Run up-to-date notebooks again as well.", rich_help_panel=AGAIN)
]
DryRun = Annotated[
    bool, Option("--dry-run", help="Show what would run, and exit.", rich_help_panel=AGAIN)
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
        help="Make the run a trial, or a candidate for a release; by default as described above.",
        rich_help_panel=ENDS,
    ),
]
Name = Annotated[str, Option("--name", help="Name of the run.", rich_help_panel=ENDS)]
Note = Annotated[str, Option(help="Purpose of the run.", rich_help_panel=ENDS)]
Tags = Annotated[list[str] | None, Option(help="Tag of the run. Repeatable.", rich_help_panel=ENDS)]
Release = Annotated[
    str,
    Option(help="Release the run if it succeeds; the value is the reason.", rich_help_panel=ENDS),
]
Strict = Annotated[
    bool,
    Option("--strict", help="Exit with status 3 if the level is warning.", rich_help_panel=ENDS),
]
