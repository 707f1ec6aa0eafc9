"""What the commands share: errors in words, the console they print to, and how one serves."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

LOCAL = "127.0.0.1"
PASSED_ON = (typer.Exit, typer.Abort, BrokenPipeError)  # `gosales status | head` is no error
RunName = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="Id, start of an id, or folder; the latest.")
]
RunsDir = Annotated[Path | None, typer.Option("--runs", help="Folder of the run folders.")]


def errors_in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command so that what a user did wrong is one line, not a traceback; exit code 2.

    A name that is not known, a file that is missing, a run that is taken: the library raises
    these with words that name the value, the place and the mend.
    """

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (ValueError, OSError, RuntimeError) as error:
            from gosales_lib.core.log import logger

            if isinstance(error, PASSED_ON) or logger.isEnabledFor(logging.DEBUG):
                raise  # --verbose shows where it came from
            typer.secho(f"gosales: {error}", err=True, fg=typer.colors.RED)
            raise typer.Exit(2) from None

    return wrapped


def console(stderr: bool = False) -> Console:
    """Return a console: colours and boxes in a terminal, plain text elsewhere."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def runs_folder(given: Path | None) -> Path:
    """Return the folder of the runs: as given from where the user stands, else the setting."""
    from gosales_lib.core import settings

    return given.resolve() if given else settings.resolve(settings.load().runs_dir)


def relative(path: Path | str) -> str:
    """Return a path as the user would type it here."""
    resolved = Path(path).resolve()
    here = Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)


def called() -> str:
    """Return what starts this program here: its name where it is on the path, else its file."""
    started = Path(sys.argv[0])
    known = shutil.which("gosales") or started.stem != "gosales"
    return "gosales" if known else relative(started)


def check_free(host: str, port: int) -> None:
    """Raise OSError where the address cannot be served on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = f"{host}:{port} cannot be served on ({error.strerror})"
            raise OSError(f"{said}: choose another --port or --host") from None


def give_way(command: list[str], environment: Mapping[str, str]) -> NoReturn:
    """Let a server take this process's place, and its signals; on Windows, wait for its end."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, environment)
    raise typer.Exit(subprocess.call(command, env=environment))
