"""`gosales layout init` and `check` on the logs whose layouts people wrote by hand."""

import io
import shutil
from pathlib import Path

import polars.selectors as cs
import pytest
from rich.console import Console
from test_proposal import LINES
from typer.testing import CliRunner

from gosales_lib import layout, layout_init, sales_log, sample
from gosales_lib.cli import app
from gosales_lib.cli import layout as cli_layout
from gosales_lib.core import settings
from gosales_lib.layout_init import peek

OTHERS = Path(settings.resolve("../shared/data"))


def gosales(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def small_sample(tmp_path_factory):
    """The folder of a generated log of 60 customers."""
    parent = tmp_path_factory.mktemp("sample")
    sample.write(parent / "log", parent / "holdout", parent / "truth", customers=60, seed=3)
    return parent / "log"


@pytest.fixture(params=["gosales", "adventureworks", "online_retail_ii"])
def known(request):
    """The hand-written layout and the folder of its log."""
    if request.param == "gosales":
        return layout.load("layouts/gosales.yaml"), request.getfixturevalue("small_sample")
    if not (OTHERS / request.param).is_dir():
        pytest.skip(f"{OTHERS / request.param} is not here")
    return layout.load(f"layouts/{request.param}.yaml"), OTHERS / request.param


def meaning(one, column):
    """What a layout makes of a column of the log."""
    roles = tuple(key for key, columns in one.columns.given().items() if column in columns)
    if one.shape == "long":
        return roles
    value = tuple(p.product for p in one.products if p.gross_profit == column)
    return roles, value, tuple(p.product for p in one.products if p.quantity == column)


def test_three_logs_are_understood_unaided_column_by_column_and_to_the_cent(known):
    one, folder = known
    found = layout_init.propose(folder).layout
    header = peek.look(folder).log[0].columns
    assert [c for c in header if meaning(found, c) != meaning(one, c)] == []
    assert (found.shape, found.gross_profit) == (one.shape, one.gross_profit)
    assert found.attributes == one.attributes
    assert sorted(p.product for p in found.products) == sorted(p.product for p in one.products)
    proposed, by_hand = (sales_log.read(x, folder).reconciliation for x in (found, one))
    sales_log.check(proposed)
    assert proposed.with_columns(cs.float().round(4)).equals(
        by_hand.with_columns(cs.float().round(4))
    )


def test_init_writes_once_says_its_doubts_and_check_closes_the_account(small_sample, tmp_path):
    file = tmp_path / "mine.yaml"
    told = gosales("layout", "init", small_sample, "--to", file)
    assert told.exit_code == 0, told.output
    assert "read as:\n  order_date: Rec Date" in told.stdout
    assert "assumed:" in told.stdout
    assert "divisions: products that share a word" in told.stdout
    assert "questions" not in told.stdout
    again = gosales("layout", "init", small_sample, "--to", file)
    assert again.exit_code == 2
    assert "exists and is not overwritten" in again.stderr
    checked = gosales("layout", "check", file, "--data", small_sample, "--rows", 2)
    assert checked.exit_code == 0, checked.output
    assert "The account closes to the cent." in checked.stdout
    assert "customer_id  order_date" in checked.stdout
    assert list(tmp_path.iterdir()) == [file]


def test_check_shows_rejects_with_reasons(tmp_path):
    text = LINES.replace(",7,Acme,Bolt 7", ",,Acme,Bolt 7").replace(
        "10.50,Ann,South", "x,Ann,South"
    )
    log = tmp_path / "log"
    log.mkdir()
    (log / "sales.csv").write_text(LINES)
    assert gosales("layout", "init", log, "--to", tmp_path / "a.yaml").exit_code == 0
    (log / "sales.csv").write_text(text)
    told = gosales("layout", "check", tmp_path / "a.yaml").stdout
    assert "sales.csv  4     no customer" in told
    assert "unreadable number 'Line Total': x" in told
    assert "2 with 20.00 USD rejected" in told


def test_check_reads_the_holdout_beside_the_log_and_raises_its_alarms(tmp_path):
    log, later = tmp_path / "log", tmp_path / "log" / "holdout"
    later.mkdir(parents=True)
    (log / "sales.csv").write_text(LINES)
    assert gosales("layout", "init", log, "--to", tmp_path / "a.yaml").exit_code == 0
    check = ("layout", "check", tmp_path / "a.yaml", "--data", log)
    assert "the holdout, file by file" not in gosales(*check).stdout
    (later / "later.csv").write_text(LINES.replace("10.50,Ann,South", "11.50,Ann,South"))
    told = gosales(*check)
    assert "the holdout, file by file" in told.stdout
    assert "holdout-contradicts-log" in told.stdout
    (later / "later.csv").write_text(LINES.replace("10.50,Ann,South", "x,Ann,South"))
    told = gosales(*check)
    assert "in the holdout, " in told.stdout and told.exit_code == 1


def test_each_answer_to_a_question_stands_on_a_line_of_its_own(tmp_path):
    out = Console(file=io.StringIO(), width=80)
    cli_layout._questions(
        out, ["revenue: a or b?; such as '1'; `x: a` gives 1 row; `x: b` gives 2"]
    )
    assert out.file.getvalue().splitlines()[2:] == [
        "  1. revenue: a or b?; such as '1'",
        "     - `x: a` gives 1 row",
        "     - `x: b` gives 2",
    ]


def test_check_ends_with_1_where_the_account_does_not_close(tmp_path, monkeypatch):
    (tmp_path / "log").mkdir()
    shutil.copy(Path(write(tmp_path)), tmp_path / "log" / "sales.csv")
    gosales("layout", "init", tmp_path / "log", "--to", tmp_path / "a.yaml")

    def off(_):
        raise ValueError("sales.csv: 5 rows in, 4 out")

    monkeypatch.setattr(sales_log, "check", off)
    told = gosales("layout", "check", tmp_path / "a.yaml")
    assert told.exit_code == 1
    assert "does not close: sales.csv: 5 rows in, 4 out" in told.stdout


def write(folder):
    file = folder / "sales.csv"
    file.write_text(LINES)
    return file


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["init", "nowhere.csv"], "nowhere.csv does not exist"),
        (["init", ".", "--column", "customer_id"], "write role=COLUMN"),
        (["check", "layouts/gosale.yaml"], "did you mean 'layouts/gosales.yaml'?"),
        (["check", "nope.yaml"], "gosales: nope.yaml: no such file"),
        (["check", "layouts/gosales.yaml", "--data", "nowhere"], "no such file or folder"),
    ],
)
def test_invalid_options_are_reported_in_one_line(arguments, told):
    result = gosales("layout", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_the_user_can_name_the_role_of_a_column(tmp_path):
    file = write(tmp_path)
    file.write_text(LINES.replace("Client Code", "Quux").replace("Client", "Wer"))
    refused = gosales("layout", "init", file, "--to", tmp_path / "a.yaml")
    assert "--column customer_id=COLUMN" in refused.stderr
    done = gosales("layout", "init", file, "--to", tmp_path / "a.yaml", "-c", "customer_id=Quux")
    assert done.exit_code == 0, done.output
    assert layout.load(tmp_path / "a.yaml").columns.customer_id == "Quux"


def test_of_many_files_that_are_left_out_ten_are_named(tmp_path):
    log, made = tmp_path / "log", tmp_path / "x.yaml"
    log.mkdir()
    (log / "sales.csv").write_text(LINES, encoding="utf-8")
    for number in range(13):
        (log / f"note{number}.md").write_text("x")
    assert "; and 8 more" in gosales("layout", "init", log, "--to", made).output.replace("\n", "")
    told = gosales("layout", "check", made).output
    assert told.count("file left out: ") == 10
    assert "and 3 more files left out" in told
