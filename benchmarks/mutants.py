"""Seeded mutants: small faults in the core, and whether the tests catch them.

    python benchmarks/mutants.py [--seed 17] [--each 3] [--minutes 10] [--only calibration]

Every mutant is one edit (a comparison, an operator, a number, a condition turned round) in one
module of a temporary copy, against which the tests that cover the module run. A mutant is caught
where a test fails or runs out of time. Modules take turns, so that a bounded run looks at all of
them. What is printed is the table of mutants, the share that is caught, and the survivors.
Source: DeMillo, Lipton and Sayward, "Hints on test data selection" (1978).
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("gosales_lib", "tests", "layouts", "notebooks", "docs", "pyproject.toml")
SECONDS = 240
"""After so long without an end the tests of a mutant count as failed."""
LEARNING = ["tests/test_learning.py"]
TESTS = {
    "core/timeline": ["tests/test_timeline.py", "tests/test_calendar.py"],
    "core/terms": ["tests/test_terms.py", "tests/test_labels.py", "tests/test_features.py"],
    "core/matching": ["tests/test_terms.py", "tests/test_keys.py"],
    "features/labels": ["tests/test_labels.py"],
    "learning/metrics": ["tests/test_metrics.py"],
    "learning/calibration": ["tests/test_scoring.py", *LEARNING],
    "learning/scoring": ["tests/test_scoring.py", *LEARNING],
    "learning/training": LEARNING,
    "sales_log/unpivot": [
        f"tests/test_{name}.py"
        for name in ("sales_log", "sales_log_rules", "tables_in_files", "dates")
    ],
    "sales_log/numbers": ["tests/test_numbers.py", "tests/test_sales_log.py"],
    "database/publishing": ["tests/test_database.py"],
    "whitespace/grid": ["tests/test_whitespace.py", "tests/test_whitespace_capacity.py"],
    "whitespace/ranking": ["tests/test_whitespace.py", "tests/test_whitespace_capacity.py"],
    "whitespace/capacity": ["tests/test_whitespace_capacity.py"],
}
"""By module: the tests that cover it, as pytest is asked for them."""
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

    def applied(self, source: str) -> str:
        """Return the source with the edit."""
        return source[: self.start] + self.new + source[self.end :]


def mutants(module: str, source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of the source."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = [
        Mutant(module, source.count("\n", 0, start) + 1, start, end, source[start:end], new)
        for node in _code(ast.parse(source))
        for start, end, new in _edits(node, source, starts)
    ]
    return sorted(set(found), key=lambda mutant: mutant.start)


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
    """Return whether the tests pass on the copy."""
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        done = subprocess.run(words, cwd=copy, env=environment, timeout=SECONDS, **quiet)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def copied(folder: Path) -> Path:
    """Copy what the tests need."""
    skip = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=skip)
        else:
            shutil.copy(path, folder / name)
    return folder


def main() -> None:
    """Print each mutant as it is judged, then the share caught and the survivors."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seed", type=int, default=17, help="which mutants are drawn")
    asked.add_argument("--each", type=int, default=3, help="mutants of each module")
    asked.add_argument("--minutes", type=float, default=0, help="stop after so long; 0: never")
    asked.add_argument("--only", default="", help="modules whose name holds this")
    given = asked.parse_args()
    began, judged = time.monotonic(), dict[Mutant, bool]()
    sound: dict[str, bool] = {}
    every = chosen(given.seed, given.each, given.only)
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder))
        for mutant in every:
            if given.minutes and time.monotonic() - began > 60 * given.minutes:
                break
            tests = TESTS[mutant.module]
            if mutant.module not in sound:
                sound[mutant.module] = passes(copy, tests)
            if not sound[mutant.module]:
                continue
            file = copy / "gosales_lib" / f"{mutant.module}.py"
            source = file.read_text(encoding="utf-8")
            file.write_text(mutant.applied(source), encoding="utf-8")
            judged[mutant] = not passes(copy, tests)
            file.write_text(source, encoding="utf-8")
            word = "caught  " if judged[mutant] else "SURVIVED"
            text = f"{mutant.old!r} -> {mutant.new!r}"
            print(f"{word} {mutant.module}.py:{mutant.line}  {text}", flush=True)
    caught = sum(judged.values())
    share = f"{caught / len(judged):.0%}" if judged else "none"
    print(f"\n{caught} of {len(judged)} mutants caught ({share}), of {len(every)} drawn.")
    for module in (name for name, well in sound.items() if not well):
        print(f"not judged: the tests of {module} fail without any mutant")
    for mutant in (one for one, dead in judged.items() if not dead):
        print(f"survived: {mutant.module}.py:{mutant.line}  {mutant.old!r} -> {mutant.new!r}")


if __name__ == "__main__":
    main()
