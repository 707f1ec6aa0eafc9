"""The docs agree with the product: every command runs, every key and setting is there, YAML loads.

Commands are what begins with one of PROGRAMS in README, CONTRIBUTING and docs/: the lines of fenced
blocks, and code within a sentence that says more than a name; a new page is picked up by itself.
They run in a project of their own with two divisions of a few customers. What serves forever, takes
minutes or changes the machine is in CHECKED, with the cheaper proof that its words are right.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from gosales_lib import layout, sample
from gosales_lib.cli import app
from gosales_lib.core import settings, terms
from gosales_lib.core.yaml_files import AsWritten

ROOT = Path(settings.project_root())
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("gosales", "python", "python3", "py", "make", "pytest", "git", "uv", "find", "mlflow")
PROGRAMS += ("pre-commit", "jupyter", "chmod", "cp")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)

CHECKED = {
    r"gosales layout init --(table|query)": "--help",  # wants a database with a sales table
    r"gosales mlflow (sync|relocate)": "--help",  # wants a store with trainings, or a moved one
    r"gosales release --previous": "--help",  # wants two releases
    r"gosales score": "--help",  # minutes, and a month more than the sample has
    r"gosales (dashboard|mlflow)": "--dry-run",  # serves until it is stopped
    r"gosales run .*--dask tcp:": "--dry-run",  # wants a cluster
    r"gosales run(?!$| --resume$)": "--dry-run",  # minutes; names, files, types
    r"gosales sample-data": "--help",  # another log than the one that the run has read
    r"mlflow |jupyter |pre-commit |uv ": "--help",  # serves, or changes this checkout
    r"python3? benchmarks/": "--help",  # minutes
    r"git (clone|pull|restore)": "--help",  # wants a network, or a checkout
    r"make ": "--dry-run",
    r"pytest": "--collect-only -q",
    r"(python3?|py) start\.py": "--named",  # makes an environment
}
"""Commands (a pattern) that are not run as they stand, and what is done instead."""

STAND_INS = {
    "sales.csv": "data/database_samples/sales_log_2024.csv",
    "layouts/sales.yaml": "layouts/gosales.yaml",
    "DIR": "data/holdout",
    "solidworks": "Services",
    "PDM": "Services",
    '"-yours"': "-trend",
    "rules_file=rules.yaml": "rules_file=layouts/rules.yaml",
    "RUN": "latest",
    "runs/RUN": "data/holdout",
    "LAYOUT": "layouts/gosales.yaml",
    "FILE|FOLDER": "data/database_samples",
}
"""Words of the docs that stand for something of the reader's."""


def commands(text: str) -> list[str]:
    """Return the commands of a page's fenced blocks, each in one line, without comments."""
    found = []
    for language, block in FENCE.findall(text):
        if language in ("", "sh", "bash", "console"):
            for line in block.splitlines():
                bare = re.sub(r"( …)?(\s+# .*)?$", "", line.removeprefix("$ ")).strip()
                found += [part for part in re.split(r"\s{3,}", bare) if is_command(part)]
    inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    found += [part for part in inline if is_command(part) and not is_name(part)]
    return list(dict.fromkeys(re.sub(r" \[[^]]*\]", "", one) for one in found))


def is_command(part: str) -> bool:
    program = part.split(" ")[0].removeprefix(".venv/bin/")
    return program in PROGRAMS


def is_name(part: str) -> bool:
    """`gosales layout init` in a sentence is what a command is called, as `py` is a program's."""
    program, *words = part.split(" ")
    return not words or (program == "gosales" and all(word.isalpha() for word in words))


EVERY = [(page.name, one) for page in PAGES for one in commands(page.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A checkout with two divisions, 120 customers, and one finished run."""
    root = tmp_path_factory.mktemp("docs") / "project"
    for name in ("notebooks", "layouts", "docs", "benchmarks", "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "uv.lock", "Makefile", "start.py", "README.md", ".env.template"):
        shutil.copy(ROOT / name, root / name)
    (root.parent / "shared").symlink_to(ROOT.parent / "shared")
    features = root / "notebooks" / "02_features.ipynb"  # three earlier cutoffs are enough here
    told = features.read_text(encoding="utf-8")
    assert "training_cutoffs: int = 8" in told
    features.write_text(told.replace("cutoffs: int = 8", "cutoffs: int = 3"), encoding="utf-8")
    few = (root / "layouts" / "gosales.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(few)
    groups = list(content["divisions"].items())
    content["divisions"] = {
        "Services": [p for name, products in groups if name != "Success Plan" for p in products],
        "Success Plan": dict(groups)["Success Plan"],
    }
    (root / "layouts" / "gosales.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (root / "layouts" / "rules.yaml").write_text("per_rep: 25\n", encoding="utf-8")
    (root / ".env").touch()
    data = root / "data"
    sample.write(data / "database_samples", data / "holdout", data / "truth", customers=120)
    return root


def run(project: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the docs as a user would, from the project's root."""
    programs = (Path(sys.executable).parent, ROOT / ".uv" / "bin", os.environ["PATH"])
    path = os.pathsep.join(map(str, programs))
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GOSALES_", "AZSQL_"))}
    words = shlex.split(command)
    return subprocess.run(
        words, cwd=project, env=env | {"PATH": path}, capture_output=True, text=True, timeout=300
    )


def filled(command: str) -> str:
    """Return a command with the reader's own names replaced by ones that exist here."""
    words = [STAND_INS.get(word, word) for word in command.split(" ")]
    return " ".join(words).removeprefix(".venv/bin/")


def proof(command: str) -> str:
    """Return what is run for a command: itself, unless CHECKED has something cheaper."""
    for pattern, instead in CHECKED.items():
        if re.match(pattern, command):
            return instead
    return ""


@pytest.mark.slow
def test_every_command_of_the_docs_runs(project):
    """In the order of the pages, the bare `gosales run` first: the others look at its folder."""
    listed = list(dict.fromkeys(filled(one) for _, one in EVERY))
    listed.sort(key=lambda one: one != "gosales run")
    assert listed[0] == "gosales run"
    failed = [f"{one}\n{told}" for one in listed if (told := check(project, one))]
    assert not failed, "\n\n".join(failed)


def check(project: Path, command: str) -> str:
    """Return what went wrong with a command, blank where it is right."""
    instead = proof(command)
    if instead == "--named":
        actions = run(project, f"{sys.executable} start.py --help").stdout
        return "" if f"start.py {command.split()[2]} " in actions else "no such action"
    if instead == "--help":
        command = " ".join(command.split()[:2])
    if "adventureworks" in command and not (project.parent / "shared").exists():
        return ""
    done = run(project, f"{command} {instead}".strip())
    return "" if done.returncode == 0 else done.stdout[-1500:] + done.stderr[-1500:]


def test_enough_commands_are_found():
    """Were the pattern wrong, nothing would be tested."""
    assert len(EVERY) > 50
    assert ("dashboard.md", "gosales report RUN --per rep") in EVERY
    assert ("README.md", "python3 start.py demo") in EVERY
    assert {"gosales run", "gosales layout check layouts/sales.yaml"} <= {one for _, one in EVERY}


def mentioned() -> list[tuple[str, str]]:
    """Return every `gosales …` in code, inline or fenced, whatever the block's language."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
        code += [line for _, block in FENCE.findall(text) for line in block.splitlines()]
        for part in code:
            for one in re.findall(r"(?:^|[ /\\])gosales(?:\.exe)? ([a-z][^#>\"…]*)", part):
                found += [(page.name, one.strip())]
    return found


@pytest.mark.parametrize(("page", "told"), mentioned())
def test_every_mentioned_command_and_option_exists(page, told):
    command = typer.main.get_command(app)
    words = re.sub(r"[\[\]]", " ", told).split()
    names = []
    while hasattr(command, "commands") and (words or not command.invoke_without_command):
        assert words, f"{page}: gosales {told}"
        assert words[0] in command.commands, f"{page}: no command {words[0]!r} in gosales {told}"
        names.append(words.pop(0))
        command = command.commands[names[-1]]
    known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)} | {"--help"}
    rest = words[: words.index("gosales")] if "gosales" in words else words
    for word in rest:
        if word.startswith("-"):
            assert word.split("=")[0] in known, f"{page}: gosales {' '.join(names)} has no {word}"


def test_help_of_every_command_says_what_it_does():
    for name in typer.main.get_command(app).commands:
        told = CliRunner().invoke(app, [name, "--help"]).stdout
        assert len(told.splitlines()) > 5, name


MODELS = {
    "The whole layout": [layout.Layout],
    "columns": [layout.Columns],
    "divisions": [layout.Product],
    "purchase": [terms.Purchase],
    "customers": [layout.Customers, layout.Attribute],
    "where": [layout.Rule],
    "returns": [layout.Returns],
    "join": [layout.Join],
    "accounts": [layout.Accounts],
    "products_file": [layout.ProductList],
    "alarms": [layout.Alarms],
    "source": [layout.Source],
    "assets": [layout.Assets],
    "learning": [layout.Learning],
    "limits": [layout.Limits],
}


def tables(section: str) -> list[list[str]]:
    """Return the first cells of each table under a heading of docs/layouts.md."""
    text = (ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
    body = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    groups = re.split(r"^\|---.*\n", body, flags=re.M)[1:]
    return [re.findall(r"^\| `(\w+)` \|", group, re.M) for group in groups]


@pytest.mark.parametrize("section", MODELS)
def test_layouts_page_knows_every_key_and_no_other(section):
    keys = [[f.alias or n for n, f in m.model_fields.items()] for m in MODELS[section]]
    assert [sorted(found) for found in tables(section)] == [sorted(known) for known in keys]


def test_layouts_page_has_an_example_of_every_key_that_loads():
    text = (ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .* \| `(.+)` \|$", text.split("## columns")[0], re.M)
    base = yaml.safe_load(next(b for kind, b in FENCE.findall(text) if kind == "yaml"))
    assert len(rows) == len(layout.Layout.model_fields)
    for key, example in rows:
        value = yaml.load(example.replace("\\|", "|"), Loader=AsWritten)  # `on` stays a text
        wanted = {"columns": base["columns"], "divisions": base["divisions"]}.get(key, value)
        content = {**base, key: wanted}
        for replaced, by in (("source", "data"), ("holdout_source", "holdout")):
            if key == replaced:
                content.pop(by, None)
        if key == "flags":
            content["divisions"] = {**base["divisions"], "Plans": ["Success Plan"]}
        layout.Layout.model_validate(content)


def test_every_whole_layout_of_the_docs_loads(tmp_path):
    found = 0
    for page in PAGES:
        for kind, block in FENCE.findall(page.read_text(encoding="utf-8")):
            if kind == "yaml" and block.startswith("name:"):
                (tmp_path / "x.yaml").write_text(block, encoding="utf-8")
                assert layout.load(tmp_path / "x.yaml").divisions
                found += 1
    assert found >= 2


def test_generated_pages_are_what_their_generator_writes():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    told = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert told == generate.page(), "run `python docs/generate.py`"
    features = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    assert generate.features(features) == features, "run `python docs/generate.py`"
    assert sorted(re.findall(r"^\| `(\w+)`", told, re.M)) == sorted(settings.names())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:docs|layouts|gosales_lib|tests|benchmarks)/[\w./]+\.\w+)`", text):
        mine = name in STAND_INS or name.endswith(("/mine.yaml", "/weekday.py"))
        assert mine or (ROOT / name).is_file(), f"{page.name} names {name}"


def signposts() -> list[tuple[str, str]]:
    """Return what CONTRIBUTING says stands in a file: (name, file)."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = r"((?:`\w+(?:\(\))?`(?: and | or )?)+),? (?:in|of) `(gosales_lib/[\w/]+\.py)`"
    return [
        (name, file)
        for names, file in re.findall(told, text)
        for name in re.findall(r"`(\w+)", names)
    ]


@pytest.mark.parametrize(("name", "file"), signposts())
def test_what_a_signpost_names_is_there(name, file):
    defined = rf"^\s*(?:def |class )?{name}\b\s*(?:\(|:|=)"
    assert re.search(defined, (ROOT / file).read_text(encoding="utf-8"), re.M), f"{name} in {file}"


def test_a_stranger_is_shown_the_way():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for wanted in (
        "a feature",
        "a metric",
        "a database",
        "a page",
        "a candidate model",
        "a layout",
    ):
        assert f"\n| {wanted}" in text
    assert {"open_url", "TABS", "Measures", "evaluate"} <= {name for name, _ in signposts()}
