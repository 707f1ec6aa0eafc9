"""Seeded mutants: small faults in the core, and whether the tests catch them.

    python benchmarks/mutants.py [--seed 17] [--each 3] [--minutes 10] [--only calibration]

Every mutant is one edit (a comparison, an operator, a number, a condition turned round) in one
module of a temporary copy, against which the direct tests of the module run. A mutant is caught
where a test fails or runs out of time. Modules take turns, so that a bounded run looks at all of
them. What is printed is the table of mutants, the share that is caught, that of those which are
no equivalents (`EQUIVALENT`: edits that change nothing a test could ask for), and the survivors.
Source: DeMillo, Lipton and Sayward, "Hints on test data selection" (1978).
"""

from __future__ import annotations

import argparse
import ast
import compileall
import importlib
import multiprocessing
import os
import py_compile
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WARM = ("pytest", "hypothesis", "narwhals", "polars", "pandas", "scipy.optimize", "lightgbm")
COPIED = ("gosales_lib", "tests", "layouts", "notebooks", "docs", "pyproject.toml")
SECONDS = 240
"""After so long without an end the tests of a mutant count as failed."""
TESTS = {
    "core/timeline": ("timeline", "labels"),
    "core/terms/bought_in_window": ("terms", "labels", "offers"),
    "core/terms/order": ("terms", "labels", "offers"),
    "core/terms/owner": ("terms", "labels", "offers"),
    "core/terms/purchase": ("terms", "labels", "offers"),
    "core/terms/returns": ("terms", "labels", "offers"),
    "core/matching": ("terms", "labels"),
    "core/keys": ("keys",),
    "core/sums": ("sums",),
    "features/labels": ("labels",),
    "features/families/lifecycle": ("families",),
    "features/families/recency": ("families", "features"),
    "features/families/trend": ("families",),
    "learning/metrics": ("metrics",),
    "learning/calibration": ("calibration",),
    "learning/gate": ("gate", "learning"),
    "learning/level": ("level", "training"),
    "learning/rows": ("validation", "training"),
    "learning/scoring": ("scoring",),
    "learning/selection": ("validation", "learning"),
    "learning/training": ("training",),
    "learning/validation": ("validation", "training"),
    "evaluation/drift": ("drift",),
    "evaluation/holdout/judged": ("holdout",),
    "evaluation/later": ("holdout", "far_rows"),
    "sales_log/unpivot": ("unpivot", "sales_log_rules", "tables_in_files"),
    "sales_log/cleaning": ("cleaning",),
    "sales_log/numbers": ("numbers",),
    "sales_log/left_out_rows": ("left_out_rows", "sales_log_rules"),
    "sales_log/revisions": ("left_out_rows", "sales_log_rules"),
    "database/publishing": ("publishing",),
    "whitespace/grid": ("offers", "whitespace"),
    "whitespace/ranking": ("offers", "whitespace"),
    "whitespace/capacity": ("offers", "whitespace_capacity"),
}
"""By module: the files of its direct tests, without `tests/test_` and `.py`."""
EQUIVALENT = {
    (
        "core/terms/bought_in_window",
        "(amount(purchase) > 0) | returned",
        ">=",
    ): "a line of 0 adds nothing",
    ("core/matching", 'pl.col("amount") < 0', "<= 1"): "the way without returns is only faster",
    ("core/timeline", "field(default=0, init=False)", "True"): "nobody gives it",
    ("learning/metrics", "1.0)  # a tie", "2.0"): "its step of recall is 0",
    ("learning/metrics", "if positive.size else 0.0", "1.0"): "neither is between 0 and 1",
    ("learning/calibration", "start = np.array([1.0", "2.0"): "the loss has one minimum",
    ("learning/calibration", "np.array([1.0, 0.0]), bounds", "2.0 1.0"): "one minimum",
    ("learning/calibration", "total, gradient = 0.0", "1.0"): "a constant of a loss",
    ("learning/calibration", "[bought[rest]], 0.5)", "1.5"): "the shift gives the level",
    ("learning/calibration", "- rate, -15, 15)", "16"): "any bracket that holds the root",
    ("learning/calibration", "return total / rows, gradient", "*"): "the minimum is the same one",
    ("learning/calibration", "len(p), 200, seed=17", "201"): "any number of draws is as good",
    ("learning/validation", 'newest["cutoff_date"][0]', "1"): "all rows have one cutoff",
    ("learning/selection", "len(names) + 1)", "2"): "no group has more members than there are",
    ("features/families/recency", '"last_day")).max()', "min"): "one row per customer and division",
    ("features/families/lifecycle", "together=True", "False"): "the same values, slower",
    ("evaluation/later", "last is None", "first"): "a log has both ends or none",
    ("evaluation/later", "if log.last else", "first"): "a log has both ends or none",
    ("sales_log/numbers", "distinct.len() == column.len()", "!="): "the same values, slower",
    ("database/publishing", ">= 0.01", ">"): "no clock tells a hundredth to the last bit",
    ("sales_log/unpivot", "dtype=pl.String, eager=True)", "False"): "its caller takes either",
    ("core/sums", "column.abs() < LARGEST", "<="): "no money is the limit itself",
    ("core/sums", "1e24", "1e+24"): "the float is the same",
    ("core/keys", "is_elementwise=True)", "False"): "the same values, later",
    ("sales_log/numbers", "left = plain.is_null() &", "|"): "reads once more what is read alike",
    ("sales_log/numbers", "str(some[0]).strip()[:40]", "41"): "how much of a value a message shows",
    ("whitespace/ranking", '"F": 1.0', "2.0"): "no share is above 1",
    ("whitespace/capacity", '["rank"].max() or 0', "1"): "no rank is below 1",
    ("whitespace/capacity", 'pl.col("rank") < last', "<="): "the last one is chosen itself",
    ("", "seed: int = 17", "18"): "any seed is as good, if it is fixed",
    ("learning/calibration", "seed=17)]", "18"): "any seed is as good, if it is fixed",
    ("", "draws: int = 400", "401"): "any number of draws is as good, if it is fixed",
    ("", "draws=100", "101"): "any number of draws is as good, if it is fixed",
    ("evaluation/holdout/judged", 'outcome["cutoff_date"][0]', "1"): "all rows have one cutoff",
    ("", "threads: int = 1", "2"): "threads change no figure",
    ("", "strict=True)", "False"): "both are of one length by what is before",
}
"""By module ("": any), part of the line and new texts: why an edit changes nothing to ask for."""
COMPARED: dict[type, tuple[str, str]] = {
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
}
COMPUTED: dict[type, tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "first": "last", "last": "first"}


@dataclass(frozen=True)
class Mutant:
    """One edit of a module: the text from `start` to `end` becomes `new`."""

    module: str
    line: int
    start: int
    end: int
    old: str
    new: str
    text: str

    @property
    def equivalent(self) -> str:
        """Why the edit changes nothing that a test could ask for; empty where it does."""
        for (module, part, new), reason in EQUIVALENT.items():
            if module in ("", self.module) and part in self.text and self.new in new.split():
                return reason
        return ""

    def applied(self, source: str) -> str:
        """Return the source with the edit."""
        return source[: self.start] + self.new + source[self.end :]


def mutants(module: str, source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of the source."""
    starts = [0]
    lines = source.splitlines(keepends=True)
    for line in lines:
        starts.append(starts[-1] + len(line))
    every = [
        Mutant(module, line, start, end, source[start:end], new, lines[line - 1])
        for node in _code(ast.parse(source))
        for start, end, new in _edits(node, source, starts)
        for line in [source.count("\n", 0, start) + 1]
    ]
    return sorted(set(every), key=lambda mutant: mutant.start)


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run: annotations, imports and decorators are left out."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and not isinstance(node, ast.Import | ast.ImportFrom):
                yield node
                yield from _code(node)


def _edits(node: ast.AST, source: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """Yield the edits of one node: begin, end and new text."""

    def at(line: int, column: int) -> int:
        text = source[starts[line - 1] : starts[line]]
        return starts[line - 1] + len(text.encode()[:column].decode())  # columns are bytes

    def place(one: ast.expr) -> tuple[int, int]:
        return at(one.lineno, one.col_offset), at(one.end_lineno or 0, one.end_col_offset or 0)

    def between(left: ast.expr, right: ast.expr, pair: tuple[str, str]) -> tuple[int, int, str]:
        begin = source.index(pair[0], place(left)[1], place(right)[0])
        return begin, begin + len(pair[0]), pair[1]

    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        yield between(node.left, node.comparators[0], COMPARED[type(node.ops[0])])
    elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED:
        yield between(node.left, node.right, COMPUTED[type(node.op)])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        begin = place(node)[0]
        yield begin, begin + (3 if isinstance(node.op, ast.Not) else 1), ""
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield *place(node), repr(node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield *place(node), repr(not node.value)
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        end = place(node)[1]
        yield end - len(node.attr), end, NAMES[node.attr]
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield *place(node), NAMES[node.id]


def chosen(seed: int, each: int, only: str) -> list[Mutant]:
    """Return `each` mutants of every module, drawn by the seed; modules take turns."""
    drawn = []
    for module in TESTS:
        source = (ROOT / "gosales_lib" / f"{module}.py").read_text(encoding="utf-8")
        every = mutants(module, source)
        draw = random.Random(f"{seed} {module}").sample(every, min(each, len(every)))
        drawn += [(turn, mutant) for turn, mutant in enumerate(draw) if only in module]
    return [mutant for _, mutant in sorted(drawn, key=lambda pair: pair[0])]


def passes(copy: Path, tests: list[str]) -> bool:
    """Return whether the tests pass on the copy, in a process of their own."""
    tried = multiprocessing.get_context("fork").Process(target=_run, args=(copy, tests))
    tried.start()
    tried.join(SECONDS)
    if tried.is_alive():
        tried.kill()
        tried.join()
    return tried.exitcode == 0


def _run(copy: Path, tests: list[str]) -> None:
    """End the process with pytest's status."""
    import pytest

    os.setsid()
    os.chdir(copy)
    sys.path[:0] = [str(copy), str(copy / "tests")]
    os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    os._exit(int(pytest.main(["-q", "-x", "-n0", "-p", "no:cacheprovider", *tests])))


def copied(folder: Path) -> Path:
    """Copy what the tests need."""
    skip = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=skip)
        else:
            shutil.copy(path, folder / name)
    checked = py_compile.PycInvalidationMode.CHECKED_HASH  # an edit may keep size and second
    compileall.compile_dir(folder / "gosales_lib", quiet=1, invalidation_mode=checked)
    return folder


def main() -> None:
    """Print each mutant as it is judged, then the share caught and the survivors."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seed", type=int, default=17, help="which mutants are drawn")
    asked.add_argument("--each", type=int, default=3, help="mutants of each module")
    asked.add_argument("--minutes", type=float, default=0, help="stop after so long; 0: never")
    asked.add_argument("--only", default="", help="modules whose name holds this")
    given = asked.parse_args()
    for name in WARM:  # once, and not for every mutant
        importlib.import_module(name)
    began, judged = time.monotonic(), dict[Mutant, bool]()
    sound: dict[str, bool] = {}
    every = chosen(given.seed, given.each, given.only)
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder))
        for mutant in every:
            if given.minutes and time.monotonic() - began > 60 * given.minutes:
                break
            tests = [f"tests/test_{name}.py" for name in TESTS[mutant.module]]
            if mutant.module not in sound:
                sound[mutant.module] = passes(copy, tests)
            if not sound[mutant.module]:
                continue
            file = copy / "gosales_lib" / f"{mutant.module}.py"
            source = file.read_text(encoding="utf-8")
            file.write_text(mutant.applied(source), encoding="utf-8")
            judged[mutant] = not passes(copy, tests)
            file.write_text(source, encoding="utf-8")
            survived = "equivalent" if mutant.equivalent else "SURVIVED"
            word = "caught  " if judged[mutant] else survived
            text = f"{mutant.old!r} -> {mutant.new!r}"
            print(f"{word} {mutant.module}.py:{mutant.line}  {text}", flush=True)
    alive = [mutant for mutant, dead in judged.items() if not dead]
    other = [mutant for mutant in alive if not mutant.equivalent]
    caught, all_of_them = len(judged) - len(alive), len(judged)
    no_equivalents = caught + len(other)
    print(
        f"\n{caught} of {all_of_them} mutants caught ({caught / max(all_of_them, 1):.0%}), of "
        f"{len(every)} drawn; of {no_equivalents} that are no equivalents "
        f"{caught / max(no_equivalents, 1):.0%}."
    )
    for module in (name for name, well in sound.items() if not well):
        print(f"not judged: the tests of {module} fail without any mutant")
    for mutant in alive:
        word = f"equivalent ({mutant.equivalent})" if mutant.equivalent else "survived"
        print(f"{word}: {mutant.module}.py:{mutant.line}  {mutant.old!r} -> {mutant.new!r}")


if __name__ == "__main__":
    main()
