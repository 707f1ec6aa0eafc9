"""The habits: commit messages, hooks, targets with help, and commands that answer at once."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from gosales_lib.cli import app
from gosales_lib.core import settings

ROOT = Path(settings.project_root())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]
CONVENTIONAL = re.compile(
    next(h["entry"] for h in HOOKS["hooks"] if h["id"] == "conventional-commit")
)
HEAVY = "pandas polars numpy sklearn lightgbm mlflow plotly papermill jupyter_client sqlalchemy"


@pytest.mark.parametrize(
    ("message", "right"),
    [
        ("feat(layout): propose one", True),
        ("fix!: drop a column that nobody read", True),
        ("docs(readme): results", True),
        ("Merge branch 'x'", True),
        ("added stuff", False),
        ("feat:no blank", False),
        ("feature: a kind that is not known", False),
        ("Feat: upper case", False),
    ],
)
def test_commit_messages_are_judged_as_conventional_commits_says(message, right):
    assert bool(CONVENTIONAL.match(message)) is right


def test_every_commit_keeps_to_conventional_commits():
    asked = ["git", "-C", str(ROOT), "log", "--format=%s", "-n", "200"]
    log = subprocess.run(asked, capture_output=True, text=True)
    if log.returncode:
        pytest.skip("no git history here")
    assert [one for one in log.stdout.splitlines() if not CONVENTIONAL.match(one)] == []


def test_every_target_has_help_and_every_hook_its_program():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", text, re.M)
    assert targets == re.findall(r"^([a-z]+):.*## \S", text, re.M)
    assert set(targets) == set(re.search(r"^\.PHONY: (.+)$", text, re.M)[1].split())
    for hook in HOOKS["hooks"]:
        program = hook["entry"].split()[0]
        known = not program.startswith(".venv") or (
            Path(sys.executable).parent / Path(program).name
        )
        assert known is True or known.exists(), program


def test_help_of_every_command_imports_nothing_heavy():
    """What `--help` shows must not wait for libraries: under a second on any machine."""
    listed = [[]]
    for name, command in typer.main.get_command(app).commands.items():
        listed += [[name, inner] for inner in getattr(command, "commands", [])] or [[name]]
    code = (
        "import sys, contextlib, io\n"
        "from typer.testing import CliRunner\n"
        "from gosales_lib.cli import app\n"
        f"for words in {listed!r}:\n"
        "    told = CliRunner().invoke(app, [*words, '--help'])\n"
        "    assert told.exit_code == 0, words\n"
        f"print(sorted(set({HEAVY!r}.split()) & set(sys.modules)))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.stdout == "[]\n", told.stderr
    assert len(listed) > 10
