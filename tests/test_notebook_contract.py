"""The contract that every notebook keeps."""

import ast
import re

import nbformat
import papermill
import pytest

from gosales_lib.batch import parameters
from gosales_lib.core import settings
from gosales_lib.run_folders import plan

NOTEBOOKS = sorted((settings.project_root() / "notebooks").glob("0*.ipynb"))
PARAMETERS = 1
SECTIONS = ["Read", "Build", "Check", "Look", "Save and report"]

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def nb(path):
    return nbformat.read(path, as_version=4)


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def assignments(nb):
    return ast.parse(nb.cells[PARAMETERS].source).body


def test_the_title_says_the_number_of_the_file(nb, path):
    number, name = path.stem.split("_", 1)
    title = nb.cells[0].source.splitlines()[0]
    assert nb.cells[0].cell_type == "markdown"
    assert title.startswith(f"# {number} ")
    words = title.removeprefix(f"# {number} ").lower()
    assert re.sub(r"[^a-z]", "", words) == re.sub(r"[^a-z]", "", name)


def test_the_first_cell_has_the_question_and_the_table_of_guarantees(nb, path):
    text = nb.cells[0].source
    assert "?" in text
    for word in ("reads", "writes", "guarantees"):
        assert f"| {word} |" in text


def test_there_is_one_parameters_cell_and_it_comes_second(nb, path):
    tagged = [i for i, cell in enumerate(nb.cells) if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == [PARAMETERS]
    assert not any("injected-parameters" in cell.metadata.get("tags", []) for cell in nb.cells)


def test_parameters_are_typed_literals_with_help(nb, path):
    source = nb.cells[PARAMETERS].source
    assert 4 <= len(assignments(nb)) <= 10
    for node in assignments(nb):
        assert isinstance(node, ast.AnnAssign), "name: type = literal"
        assert node.target.id == node.target.id.lower()
        assert node.annotation.id in ("str", "int", "float", "bool")
        value = ast.literal_eval(node.value)
        assert type(value).__name__ == node.annotation.id
    for line in filter(str.strip, source.splitlines()):
        _, _, comment = line.partition("  # ")
        assert comment, f"no help: {line}"
        assert "=" not in comment, f"papermill's inspection loses this one: {line}"


def test_papermill_sees_the_same_parameters(nb, path):
    assert list(parameters.of(path)) == [node.target.id for node in assignments(nb)]
    help_of = {n: p["help"] for n, p in papermill.inspect_notebook(with_language(nb)).items()}
    assert all(help_of.values())


def with_language(nb):
    nb.metadata.setdefault("kernelspec", {}).setdefault("language", "python")
    return nb


def test_the_runner_passes_names_that_the_notebook_takes(nb, path):
    job, *_ = [j for j in plan.build({plan.date(2024, 12, 31): ["A"]}) if j.step == path.stem]
    given = {"window_months": 6, "layout": "", "data_dir": "", "holdout_dir": ""}
    assert set(job.parameters(given, "runs/x")) <= set(parameters.of(path))


def test_it_is_committed_clean(nb, path):
    for cell in code_cells(nb):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_code_cells_are_short_and_explained(nb, path):
    assert 10 <= len(nb.cells) <= 25
    _, imports, *told = code_cells(nb)
    statements = ast.parse(imports.source).body
    importing = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    assert len(importing) <= 8, imports.source
    assert len(statements) - len(importing) <= 6, imports.source
    for cell in told:
        assert 1 <= len(lines(cell)) <= 6, cell.source


def test_no_function_class_or_magic_is_defined(nb, path):
    for cell in code_cells(nb):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def test_no_notebook_imports_mlflow(nb, path):
    for cell in code_cells(nb):
        assert not re.search(r"^\s*(import|from) mlflow\b", cell.source, re.M)


def test_the_headings_are_the_same_in_every_notebook(nb, path):
    texts = [cell.source for cell in nb.cells if cell.cell_type == "markdown"]
    headings = [m[1] for text in texts for m in re.finditer(r"^## (.+)$", text, re.M)]
    assert [heading for heading in headings if heading in SECTIONS] == SECTIONS
    for text in texts:
        bare = text.strip() in ("## Check", "## Save and report")  # the first cell says what for
        assert bare or "\n" in text.strip(), f"a sentence is missing under {text}"


def test_no_path_of_anyone_s_machine(nb, path):
    assert not re.search(r"/home/|/Users/|[A-Z]:\\\\|/root/", path.read_text(encoding="utf-8"))
