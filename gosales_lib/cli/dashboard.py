"""`gosales dashboard`: the pages over the runs, in a browser."""

from __future__ import annotations

import ipaddress
import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from gosales_lib.cli.common import LOCAL, RunsDir, authority, check_free, give_way, runs_folder

EVERYWHERE = ("0.0.0.0", "::", "")
TOKEN = "GOSALES_DASHBOARD_TOKEN"
SHORTEST_TOKEN = 16
"""Fewest characters of a chosen token."""


def dashboard(
    runs: RunsDir = None,
    host: Annotated[
        str,
        typer.Option(help="Address to serve on. Any address but this machine's own needs a token."),
    ] = LOCAL,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8866,
    token: Annotated[
        bool, typer.Option("--token", help="Require a token on this machine as well.")
    ] = False,
    views: Annotated[
        Path | None,
        typer.Option(
            help="YAML file that says which accounts (by rep or branch) each viewer may see."
        ),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command that would serve, and exit.")
    ] = False,
) -> None:
    """Serve the dashboard on this machine: http://127.0.0.1:8866.

    With another --host, every machine that can reach it can request the page. It therefore needs a
    token: the value of GOSALES_DASHBOARD_TOKEN, or a new one that is printed with the link.
    """
    command = [sys.executable, "-P", "-m", "gosales_lib.dashboard.serve.server"]
    command += [str(runs_folder(runs)), f"--host={host}", f"--port={port}"]
    command += ["--browser"] if open_browser else []
    if views is not None:
        from gosales_lib.dashboard.read import scope

        scope.load(views)
        command.append(f"--views={views.resolve()}")
    if dry_run:
        typer.echo(" ".join(command))
        return
    check_free(host, port)
    secret = needed_token(host, token or views is not None)
    where = LOCAL if host in EVERYWHERE else host
    typer.echo(
        f"dashboard  http://{authority(where, port)}/" + (f"?token={secret}" if secret else "")
    )
    typer.echo("Press Ctrl-C to stop it.")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    give_way(command, environment | {TOKEN: secret})


def needed_token(host: str, asked: bool) -> str:
    """Return the token that viewers need: none on this machine alone unless asked for."""
    from gosales_lib.core import settings

    chosen = settings.load().dashboard_token
    if chosen is not None:
        if len(chosen.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(
                f"{TOKEN} is shorter than {SHORTEST_TOKEN} characters and could be guessed; "
                "choose a longer one, for example with `openssl rand -hex 16`"
            )
        return chosen.get_secret_value()
    return secrets.token_urlsafe(24) if asked or not is_local(host) else ""


def is_local(host: str) -> bool:
    """Return whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
