"""One word for one thing: the third column of docs/glossary.md lists the words that nobody uses.

The test reads what a person reads: pages, notebooks, templates, comments, docstrings, messages and
the help of every command. Code in `backticks` and strings without a blank are names of files,
columns and fields, which keep their spelling.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from gosales_lib.cli import app
from gosales_lib.core import settings

ROOT = Path(settings.project_root())
GLOSSARY = ROOT / "docs" / "glossary.md"
CODE = re.compile(r"```.*?```|``.+?``|`[^`\n]*`|^ *(?:>>>|\.\.\.) [^\n]*", re.S | re.M)
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<(script|style)\b.*?</\1>|(?<=class=)\"[^\"]*\"", re.S)


def entries(text: str) -> list[list[str]]:
    """Return the cells of each row of the glossary: term, meaning, words that are not used."""
    rows = re.findall(r"^\| (.+) \|$", text, re.M)[1:]
    return [[cell.strip() for cell in row.split("|")] for row in rows]


def pattern(text: str) -> re.Pattern[str]:
    """Return what finds a word of the third column, as a whole word, across line breaks too."""
    words = [word.strip() for *_, unused in entries(text) for word in unused.split(",")]
    spelled = sorted(r"\s+".join(map(re.escape, word.split())) for word in words if word)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(spelled)})(?![\w-])", re.I)


def of_code(source: str) -> Iterator[str]:
    """Yield the comments of a module, and its docstrings and strings with a blank."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and " " in text:
            yield text


def of_notebook(source: str) -> Iterator[str]:
    """Yield the texts of a notebook's cells, and what a person reads in its code."""
    for cell in json.loads(source)["cells"]:
        text = "".join(cell["source"])
        yield from of_code(text) if cell["cell_type"] == "code" else [text]


def of_page(source: str) -> Iterator[str]:
    """Yield a page; of the glossary, its terms and meanings alone."""
    if source == GLOSSARY.read_text(encoding="utf-8"):
        yield from (cell for term, meaning, _ in entries(source) for cell in (term, meaning))
    else:
        yield source


def of_template(source: str) -> Iterator[str]:
    """Yield what a template shows: neither its expressions nor its styles and scripts."""
    yield JINJA.sub(" ", source)


READERS = {".py": of_code, ".ipynb": of_notebook, ".md": of_page, ".jinja": of_template}
FOLDERS = ("gosales_lib", "notebooks", "docs", "benchmarks", ".github")
FILES = sorted(
    path
    for path in (
        *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "start.py")),
    )
    if path.suffix in READERS and not {"_build", ".ipynb_checkpoints"} & set(path.parts)
)

WORDS = pattern(GLOSSARY.read_text(encoding="utf-8"))


def unused(texts: Iterator[str]) -> list[str]:
    """Return where the texts use a word that the glossary replaces, with a little around it."""
    bare = [CODE.sub("`", text) for text in texts]
    return [
        " ".join(text[max(0, match.start() - 40) : match.end() + 40].split())
        for text in bare
        for match in WORDS.finditer(text)
    ]


@pytest.mark.parametrize("name", [str(path.relative_to(ROOT)) for path in FILES])
def test_a_text_keeps_to_the_glossary(name):
    path = ROOT / name
    assert unused(READERS[path.suffix](path.read_text(encoding="utf-8"))) == []


RATE = re.compile(r"\b(?:one|a) (?:row|column|line|entry|number) an? \w+", re.I)


@pytest.mark.parametrize("name", [str(path.relative_to(ROOT)) for path in FILES])
def test_a_rate_is_per_something(name):
    path = ROOT / name
    texts = READERS[path.suffix](path.read_text(encoding="utf-8"))
    assert [rate for text in texts for rate in RATE.findall(CODE.sub("`", text))] == []


def test_the_comments_of_the_layouts_keep_to_the_glossary():
    for path in (ROOT / "layouts").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert yaml.safe_load(text)
        assert unused(iter(re.findall(r"#.*", text))) == [], path.name


def helps(command: typer.core.TyperCommand | typer.core.TyperGroup) -> Iterator[str]:
    """Yield the help of a command, of its options and of the commands below it."""
    yield command.help or ""
    yield from (getattr(parameter, "help", None) or "" for parameter in command.params)
    for inner in getattr(command, "commands", {}).values():
        yield from helps(inner)


def test_the_command_line_keeps_to_the_glossary():
    texts = list(helps(typer.main.get_command(app)))
    assert len(texts) > 100
    assert unused(iter(texts)) == []


@pytest.mark.parametrize(
    ("reader", "source", "uses"),
    [
        (of_code, "x = 1  # beats its Rival", ["# beats its Rival"]),
        (of_code, 'def f():\n    """Return what\n    happened."""', ["Return what happened."]),
        (of_code, 'say(f"{n} was promised")', ["was promised"]),
        (of_code, 'frame["promised"] = rivals(selection_cutoff)', []),
        (of_code, '"""The column `promised`, and ``happened`` beside it."""', []),
        (of_page, "The\nselection\ncutoff", ["The selection cutoff"]),
        (of_page, "arrivals, unpromised, rival_1, a `rival`\n```\nthe rivals\n```", []),
        (of_template, '<b class="rival">{{ rival }}</b>{% set promised = 1 %}', []),
        (of_template, "<b>{{ n }} rivals</b>", ["<b> rivals</b>"]),
        (
            of_notebook,
            '{"cells": [{"cell_type": "markdown", "source": ["its ", "rival"]},'
            ' {"cell_type": "code", "source": ["rival = 1  # a rival"]}]}',
            ["its rival", "# a rival"],
        ),
    ],
)
def test_each_kind_of_text_is_read(reader, source, uses):
    assert unused(reader(source)) == uses


def test_the_glossary_is_a_table_in_alphabetical_order():
    rows = entries(GLOSSARY.read_text(encoding="utf-8"))
    assert {len(row) for row in rows} == {3}
    terms = [row[0].lower() for row in rows]
    assert terms == sorted(terms)
    assert sum(bool(row[2]) for row in rows) > 10
