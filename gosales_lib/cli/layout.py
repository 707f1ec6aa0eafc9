"""`gosales layout init` and `check`: propose and check a layout before a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gosales_lib.cli import exit_statuses
from gosales_lib.cli.common import called, console, errors_in_words, relative
from gosales_lib.core.spelling import counted

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from gosales_lib.core.alarms import Alarm
    from gosales_lib.layout import Source
    from gosales_lib.reports.etl import Etl
    from gosales_lib.sales_log import SalesLog

app = typer.Typer(
    name="layout",
    help="Propose a layout for your own sales log, and check a layout.",
    no_args_is_help=True,
)
TIDY = ("customer_id", "order_date", "invoice", "division", "product", "gross_profit", "quantity")
MOST_FILES = 10
"""Files that are left out which the console names."""
ACCOUNT = ("file", "rows_in", "rows_kept", "rows_rejected", "rows_left_out", "rows_empty")
MONEY = tuple(f"gross_profit_{part}" for part in ("in", "kept", "rejected", "left_out"))


@app.command()
@errors_in_words
def init(
    log: Annotated[
        Path | None, typer.Argument(metavar="FILE|FOLDER", help="File or folder of the sales log.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="File to write; by default layouts/NAME.yaml.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("-c", "--column", help="Role of a column, as ROLE=COLUMN. Repeatable."),
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(help="Format of the dates, such as %d/%m/%Y; by default detected.")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Encoding of text files, such as cp1250; by default detected."),
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Delimiter of text files; by default detected.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="Decimal sign of numbers, . or ,; by default detected.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Sheet or table to read; by default each that holds the log.")
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="Table or view of the database, instead of a file.")
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="SELECT statement on the database, instead of a file.")
    ] = None,
) -> None:
    """Propose a layout for a sales log, and ask what the log does not settle.

    The roles of --column are customer_id, order_date, invoice, customer_name, branch and rep, and
    for order lines also product, division, quantity, unit_price, revenue and gross_profit. No file
    is overwritten.
    """
    from gosales_lib import layout_init
    from gosales_lib.core import settings
    from gosales_lib.layout_init import writing

    columns = dict(_pair(text) for text in column or ())
    proposal = layout_init.propose(
        _place(log, table, query), columns, date_format, encoding, delimiter, sheet, decimal
    )
    file = to or settings.resolve("layouts") / f"{proposal.name}.yaml"
    if file.exists():
        raise FileExistsError(f"{relative(file)} exists and is not overwritten: name --to FILE")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as yaml:
        yaml.write(proposal.text)
    proposed, out = proposal.layout, console()
    files = counted(len(proposal.files), "file")
    parts = f"{counted(len(proposed.divisions), 'division')}, "
    parts += counted(len(proposed.attributes), "customer attribute")
    out.print(f"{proposal.rows:,} rows in {files}: {proposed.shape}, {parts}", markup=False)
    for heading, lines in (
        ("read as", proposal.evidence),
        ("assumed", [f"{key}: {note}" for key, note in proposal.notes.items()]),
    ):
        if lines:
            out.print(f"\n{heading}:")
        for line in lines:
            out.print(f"  {writing.plain(line)}", markup=False)
    if proposal.questions:
        _questions(out, proposal.questions)
    out.print(f"\nwritten  {relative(file)}", markup=False)
    out.print(f"next     {called()} layout check {relative(file)}", markup=False)


def _place(log: Path | None, table: str | None, query: str | None) -> Path | Source:
    """Return the one place that the log is to be read from."""
    from gosales_lib.layout import Source

    if (log is not None) + (table is not None) + (query is not None) != 1:
        raise ValueError(
            "the source of the log is not clear: give exactly one of FILE, --table and --query"
        )
    return log or Source(table=table, query=query)


def _pair(text: str) -> tuple[str, str]:
    role, sign, column = text.partition("=")
    if not sign or not column:
        raise ValueError(f"--column {text!r}: write role=COLUMN, such as customer_id=Konto")
    return role.strip(), column


@app.command()
@errors_in_words
def check(
    layout: Annotated[Path, typer.Argument(metavar="LAYOUT", help="Layout file (YAML).")],
    data: Annotated[
        Path | None,
        typer.Option(help="Folder or file of the sales log; by default that of the layout."),
    ] = None,
    holdout: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the later sales; by default the folder holdout in --data, or that of "
            "the layout."
        ),
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="Number of rows to show per table.")] = 5,
) -> None:
    """Show how a layout reads its log and holdout: tidy and rejected rows, and the account.

    No notebook runs and no file is written. Exit status: 0 the log is read well (warnings
    included); 1 an alarm has failed or the account does not close; 2 the layout cannot read the
    log; 3 the layout still holds questions that a person must answer.
    """
    from gosales_lib import layout as layouts
    from gosales_lib import sales_log
    from gosales_lib.batch import arguments
    from gosales_lib.batch.request import holdout_in
    from gosales_lib.cli import alarms as heard
    from gosales_lib.sales_log import account, alarms

    source = layouts.load(arguments.layout_file(str(layout), option=""))
    folder = data.resolve() if data else account.folder("", source.data)
    for option, path in (("--data", data), ("--holdout", holdout)):
        if path is not None and not path.exists():
            raise FileNotFoundError(f"{option} {path}: no such file or folder")
    given = holdout or holdout_in(data)
    later_folder = given.resolve() if given else account.folder("", source.holdout)
    log = sales_log.read(source, folder, later_folder)
    later = sales_log.read_holdout(source, later_folder, log)
    out = console()
    title = f"the first of {log.transactions.height:,} tidy rows"
    _table(out, title, log.transactions.head(rows), *TIDY)
    _rejected(out, log, rows)
    _table(out, "\nthe account, file by file", log.reconciliation, *ACCOUNT, *MONEY)
    raised = [*alarms.of(log, source), *alarms.of_holdout(log, later, source)]
    report = account.report(log, later, source, raised)
    out.print(f"\n{report.sentence}", markup=False)
    _left_out(out, report, log)
    if later.reconciliation.height:
        _table(out, "\nthe holdout, file by file", later.reconciliation, *ACCOUNT, *MONEY)
        out.print(f"\n{account.in_words(later, source.currency)}", markup=False)
    asked = {question.partition(":")[0] for question in source.questions}
    heard.show(out, [alarm for alarm in report.alarms if alarm.name not in asked])
    if report.customers_with_orders:
        days = f"{report.first_order} to {report.last_order}"
        out.print(
            f"\n{counted(report.customers_with_orders, 'customer')} ordered, {days}.", markup=False
        )
    _calendar(out, log)
    if source.questions:
        _questions(out, source.questions)
    _close(out, (log, later), [alarm for alarm in raised if alarm.name not in asked])
    if source.questions:
        raise typer.Exit(exit_statuses.OPEN)


def _calendar(out: Console, log: SalesLog) -> None:
    """Print which months the log covers, and the latest cutoff."""
    from gosales_lib.core.coverage import text

    out.print()
    for line in text.calendar(log.coverage):
        out.print(line, markup=False, highlight=False)


def _close(out: Console, logs: Iterable[SalesLog], raised: Iterable[Alarm]) -> None:
    """Print whether the accounts close; exit with status 1 if not, or if an alarm has failed."""
    from gosales_lib import sales_log
    from gosales_lib.core.alarms import worst

    try:
        for log in logs:
            sales_log.check(log.reconciliation)
    except ValueError as error:
        out.print(f"the account does not close: {error}", style="bold red", markup=False)
        raise typer.Exit(exit_statuses.FAILED) from None
    if worst(raised) == "failed":
        out.print("An alarm has failed: the log is not fit for a run.", style="bold red")
        raise typer.Exit(exit_statuses.FAILED)
    out.print("The account closes to the cent.")


def _questions(out: Console, questions: Iterable[str]) -> None:
    out.print("\nopen questions; answer each, and delete its line from the layout:", style="bold")
    for number, question in enumerate(questions, start=1):
        asks, *answers = question.split("; `")
        out.print(f"  {number}. {asks}", markup=False)
        for answer in answers:
            out.print(f"     - `{answer}", markup=False)


def _rejected(out: Console, log: SalesLog, rows: int) -> None:
    from gosales_lib.core.columns import shown_amounts
    from gosales_lib.sales_log import account

    if log.rejected.is_empty():
        out.print("\nno row was rejected")
        return
    title = f"\nthe first of {log.rejected.height:,} rejected rows"
    first = log.rejected.head(rows).with_columns(gross_profit=shown_amounts())
    _table(out, title, first, "file", "line", "reason", "gross_profit")
    for reason, number in account.reasons(log).iter_rows():
        out.print(f"  {number:>9,}  {reason}", markup=False)


def _left_out(out: Console, report: Etl, log: SalesLog) -> None:
    from gosales_lib.layout_init.writing import plain

    for rule, lost in report.left_out_by_rule.items():
        sums = f"{counted(lost.rows, 'row')}, {lost.gross_profit:,.2f} {report.currency}"
        out.print(f"  left out: {plain(rule)}: {sums}", markup=False)
    for file, reason in list(report.files_left_out.items())[:MOST_FILES]:
        out.print(f"  file left out: {plain(file)}: {plain(reason)}", markup=False)
    if (more := len(report.files_left_out) - MOST_FILES) > 0:
        out.print(f"  and {counted(more, 'more file')} left out", markup=False)
    if report.keys_changed:
        changed = f"{report.keys_changed:,} customer keys were brought to their normal form"
        pairs = dict.fromkeys(f"{a!r} is {b!r}" for a, b in log.keys_changed.examples)
        out.print(f"  {changed}: {plain(', '.join(pairs))}", markup=False)
    for file, names in log.renamed.items():
        named = ", ".join(f"{theirs!r} is {mine!r}" for theirs, mine in names.items())
        out.print(f"  other headers: {plain(f'{file}: {named}')}", markup=False)


def _table(out: Console, title: str, rows: pl.DataFrame, *columns: str) -> None:
    """Print columns of a frame under a title."""
    from gosales_lib.cli import tables

    out.print(title, style="bold", markup=False)
    tables.show(out, columns, [list(map(_cell, row)) for row in rows.select(columns).iter_rows()])


def _cell(value: object) -> str:
    """Return a value for a terminal: one line, money with two decimals."""
    from gosales_lib.layout_init.writing import plain

    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else plain(str(value))[:60]
