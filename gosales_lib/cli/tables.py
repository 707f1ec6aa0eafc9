"""Prints the tables of a run: the closing table, failures, and the plan."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gosales_lib.cli.common import called, named, relative, runs_folder
from gosales_lib.reports import summary
from gosales_lib.run_folders import endings
from gosales_lib.run_folders.record import STOPPED

if TYPE_CHECKING:
    from rich.console import Console

RIGHT = {"customers", "base rate", "AUC", "seconds", "last time"}


def show(console: Console, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: boxed in a terminal, columns separated by two spaces elsewhere."""
    from rich.markup import escape
    from rich.table import Table

    rows = [[str(cell) for cell in row] for row in rows]
    if not console.is_terminal:
        widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
        for row in (headings, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            console.print("  ".join(cells).rstrip(), markup=False)
        return
    table = Table(*(), header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in RIGHT else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table, soft_wrap=False)


def closing(console: Console, status: Mapping[str, Any]) -> None:
    """Print the closing table of a run, then its failures."""
    rows = summary.rows(status)
    if rows:
        kept = [name for name in rows[0] if name != "cutoff" or len(status["cutoffs"]) > 1]
        show(console, kept, [[row[name] for name in kept] for row in rows])
    for text in summary.problems(status):
        console.print(text, style="bold red", markup=False)
    failed = list(summary.failures(status))
    for failure in failed:
        _failure(console, failure)
    if status[STOPPED] and not failed:
        console.print(f"stopped: {status[STOPPED]}", style="bold red", markup=False)


def _failure(console: Console, failure: Mapping[str, str]) -> None:
    where = f"{failure['notebook']} failed in “{failure['cell']}”"
    console.print(f"\n{where}  [{failure['parameters']}]", style="bold red", markup=False)
    console.print(f"  {failure['error']}", markup=False)
    lines = {"at": failure["frame"], "hint": failure["hint"], "see": relative(failure["path"])}
    for name, text in lines.items():
        if text:
            console.print(f"  {name}: {text}", markup=False)


def unsaid(console: Console, status: Mapping[str, Any]) -> None:
    """Print what the table does not show: whose figures it holds, and what was left out."""
    if trained := status["scored_with"]:
        console.print(
            f"customers, base rate, AUC, lift and verdict are those of the training: run {trained}",
            markup=False,
        )
    for item in status["left_out"]:
        console.print(f"left out: {item['division']}: {item['reason']}", markup=False)
    for day, judged in status["holdouts"].items():
        if judged["status"] != "checked":
            console.print(f"holdout of {day} not checked: {judged['sentence']}", markup=False)
    for where, sentence in summary.refused(status):
        console.print(f"holdout of {where} not checked: {sentence}", markup=False)


def where_to_look(console: Console, status: Mapping[str, Any]) -> None:
    """Print the run's folder, its ranked lists and the next command."""
    console.print(f"\nrun folder       {relative(status['folder'])}", markup=False)
    for cutoff in status["cutoffs"]:
        ranked = Path(cutoff["whitespace"]["folder"]) / "whitespace.csv"
        report = cutoff["whitespace"]["reports"].get("06_whitespace", {})
        if report.get("offers") == 0:
            console.print(f"whitespace list  {no_offers(report)}", markup=False)
        elif ranked.exists():
            console.print(f"whitespace list  {relative(ranked)}", markup=False)
    console.print(f"report           {called()} report {name(status)}", markup=False)
    parent = Path(status["folder"]).parent
    runs = "" if parent == runs_folder(None) else f" --runs {shlex.quote(relative(parent))}"
    console.print(f"dashboard        {called()} dashboard{runs}", markup=False)


def how_to_go_on(console: Console, status: Mapping[str, Any]) -> None:
    """Print how to go on with a run that has not ended well, nothing for others."""
    if status["state"] not in ("done", "running"):
        mend = endings.go_on(name(status), status, called())
        console.print(f"\n{status['state']}: {mend}", markup=False)


def no_offers(report: Mapping[str, Any]) -> str:
    """Return why a list has no offer: how many pairs each rule removed."""
    cuts = [each for each in report.get("cuts", ()) if each["cut"]]
    pairs = sum(each["cut"] for each in cuts)
    each = ", ".join(f"{one['rule']} {one['cut']:,}" for one in cuts)
    return (
        f"0 offers of {pairs:,} pairs of customer and division; removed by rule: {each or 'none'}"
    )


def name(status: Mapping[str, Any]) -> str:
    """Return the name of a run for commands (`common.named`)."""
    return named(status["folder"])
