"""Shared parts of the commands: errors as one line, the console, and the start of a server."""

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

from gosales_lib.cli import exit_statuses
from gosales_lib.core.streams import lasting

if TYPE_CHECKING:
    from rich.console import Console

LOCAL = "127.0.0.1"
UNMAPPED = "failed to map segment"
"""What the loader says where a library does not fit into the memory that a process may have."""
TOO_LITTLE_MEMORY = (
    "too little memory for the program itself: `ulimit -v unlimited` in this shell, or end other "
    "programs; `gosales doctor` tests the limits"
)
PASSED_ON = (typer.Exit, typer.Abort, BrokenPipeError)  # `gosales status | head` is no error
RUN = "Id, start of an id, or folder of the run"
RunName = Annotated[
    str | None, typer.Argument(metavar="RUN", help=f"{RUN}; by default the latest.")
]
RunsDir = Annotated[
    Path | None,
    typer.Option("--runs", help="Folder of the run folders; by default GOSALES_RUNS_DIR (runs)."),
]


def errors_in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with user errors shown as one line, without a traceback; exit status 2.

    The library raises them (an unknown name, a missing file, a locked run) with a message that
    names the value, the place and the mend. Too little memory for the program itself is one, too.
    """

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (MemoryError, ImportError) as error:
            if isinstance(error, ImportError) and UNMAPPED not in str(error):
                raise
            typer.secho(f"gosales: {TOO_LITTLE_MEMORY}", err=True, fg=typer.colors.RED)
            raise typer.Exit(exit_statuses.REFUSED) from None
        except (ValueError, OSError, RuntimeError) as error:
            from gosales_lib.core.log import logger

            if isinstance(error, PASSED_ON) or logger.isEnabledFor(logging.DEBUG):
                raise  # --verbose shows the traceback
            typer.secho(f"gosales: {error}", err=True, fg=typer.colors.RED)
            raise typer.Exit(exit_statuses.REFUSED) from None

    return wrapped


def console(stderr: bool = False) -> Console:
    """Return a console: colours and boxes in a terminal, plain text elsewhere; `lasting`."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=lasting(stream), stderr=stderr, highlight=False, soft_wrap=True)


def runs_folder(given: Path | None) -> Path:
    """Return the folder of the runs: the given one, relative to here, or that of the settings."""
    from gosales_lib.core import settings

    return given.resolve() if given else settings.resolve(settings.load().runs_dir)


def relative(path: Path | str) -> str:
    """Return a path relative to the working folder, as the user would type it."""
    resolved = Path(path).resolve()
    here = Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)


def named(folder: Path | str) -> str:
    """Return the name of a run for commands: its id, or its folder if that is elsewhere."""
    path = Path(folder)
    return path.name if path.parent == runs_folder(None) else relative(path)


def called() -> str:
    """Return the command that starts this program: its name if it is on the path, else its file."""
    started = Path(sys.argv[0])
    on_path = shutil.which("gosales") or started.stem != "gosales"
    return "gosales" if on_path else relative(started)


def authority(host: str, port: int) -> str:
    """Return the host and the port as an address has them: IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_free(host: str, port: int) -> None:
    """Raise OSError where the address cannot be served on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            address = f"cannot serve on {authority(host, port)} ({error.strerror})"
            raise OSError(f"{address}: choose another --port or --host") from None


def give_way(command: list[str], environment: Mapping[str, str]) -> NoReturn:
    """Let a server take this process's place, and its signals; on Windows, wait for its end."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, environment)
    raise typer.Exit(subprocess.call(command, env=environment))
