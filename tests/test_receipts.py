"""Receipts: what must be run again when it changes, and what need not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gosales_lib.run_folders import imports, receipts

NOTEBOOKS = sorted(Path("notebooks").glob("0*.ipynb"))
SOURCES = {path.stem: "\n".join(receipts.code_of(path)) for path in NOTEBOOKS}


AFTER_FEATURES = {path.stem for path in NOTEBOOKS} - {"01_etl"}
AFTER_TRAINING = {"04_score", "05_holdout", "06_whitespace"}
REPORTS = {"etl": "01_etl", "scores": "04_score", "whitespace": "06_whitespace"}
SHOW_ONLY = ("batch", "cli", "dashboard", "layout_init", "sample")


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("gosales_lib.dashboard.render.words", set()),
        ("gosales_lib.batch.runner", set()),
        ("gosales_lib.cli.run", set()),
        ("gosales_lib.run_folders.artifacts", {"01_etl", *AFTER_FEATURES}),
        ("gosales_lib.features.families.recency", AFTER_FEATURES),
        ("gosales_lib.sales_log.account", {"01_etl"}),
        ("gosales_lib.sales_log.unpivot", {"01_etl", "06_whitespace"}),  # it reads exclusions
        ("gosales_lib.whitespace.ranking", {"06_whitespace"}),
        ("gosales_lib.database.reading", {"01_etl", "06_whitespace"}),
        ("gosales_lib.reports.base", {"01_etl", *AFTER_FEATURES}),
        *[(f"gosales_lib.reports.{own}", {step}) for own, step in REPORTS.items()],
        # what writes the files of each notebook
        ("gosales_lib.features.matrix", AFTER_FEATURES),
        ("gosales_lib.features.labels", AFTER_FEATURES - {"02b_pooled", "04_score"}),
        ("gosales_lib.learning.pooled", {"02b_pooled", "03_train"}),
        ("gosales_lib.learning.card", AFTER_TRAINING | {"03_train"}),
        ("gosales_lib.learning.scoring", {"04_score"}),
        ("gosales_lib.evaluation.holdout.judged", {"05_holdout", "06_whitespace"}),
        ("gosales_lib.whitespace.outputs", {"06_whitespace"}),
        ("gosales_lib.core.workbook", {"06_whitespace"}),
    ],
)
def test_a_module_makes_stale_the_notebooks_that_reach_it_and_no_other(module, expected):
    stale = {step for step, source in SOURCES.items() if module in reached(source)}
    assert stale == expected


def test_no_word_of_a_page_a_command_or_the_runner_makes_a_notebook_stale():
    every = set().union(*(reached(source) for source in SOURCES.values()))
    shown = {
        name for name in every if name.startswith(tuple(f"gosales_lib.{r}" for r in SHOW_ONLY))
    }
    assert shown == set()
    published = {"bulk", "checkup", "contents", "locks", "migration", "publishing", "schema"}
    assert {
        name for name in every if name.removeprefix("gosales_lib.database.") in published
    } == set()


def library(root: Path, files: dict[str, str]) -> Path:
    """Write a small library."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def reached(source: str, root: Path = imports.LIBRARY) -> set[str]:
    return imports.reached(source, root)


def test_late_imports_count_and_those_for_types_do_not(tmp_path):
    late = "def f():\n    from gosales_lib import b\n"
    typed = "if TYPE_CHECKING:\n    from gosales_lib import c\nelse:\n    import gosales_lib.d\n"
    root = library(tmp_path, {"a.py": late, "b.py": typed, "c.py": "", "d.py": "", "e.py": ""})
    assert reached("from gosales_lib import a", root) == {f"gosales_lib.{x}" for x in "abd"}


def test_a_package_walked_by_pkgutil_is_reached_whole(tmp_path):
    walk = "from gosales_lib.p import f\npkgutil.iter_modules(f.__path__)"
    files = {"p/__init__.py": walk, "p/f/__init__.py": "", "p/f/one.py": "", "p/other.py": ""}
    names = {"gosales_lib.p", "gosales_lib.p.f", "gosales_lib.p.f.one"}
    assert reached("import gosales_lib.p", library(tmp_path, files)) == names


def test_a_template_counts_with_its_package(tmp_path):
    files = {"p/__init__.py": "", "p/a.py": "", "q.py": "", "p/html/x.jinja": "old"}
    before = library(tmp_path / "before", files)
    after = library(tmp_path / "after", files | {"p/html/x.jinja": "new"})
    source = "from gosales_lib.p import a"
    assert imports.fingerprint(source, before) != imports.fingerprint(source, after)
    other = "from gosales_lib import q"
    assert imports.fingerprint(other, before) == imports.fingerprint(other, after)


def test_a_changed_word_in_what_is_reached_changes_the_print(tmp_path):
    files = {"__init__.py": "", "a.py": "from gosales_lib import b", "b.py": "1", "c.py": "1"}
    before, after, aside = (
        imports.fingerprint("import gosales_lib.a", library(tmp_path / name, files | change))
        for name, change in (("0", {}), ("1", {"b.py": "2"}), ("2", {"c.py": "2"}))
    )
    assert before != after
    assert before == aside
