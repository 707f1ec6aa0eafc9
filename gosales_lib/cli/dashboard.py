"""`gosales dashboard`: the pages over the runs, in a browser."""

from __future__ import annotations

import ipaddress
import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from gosales_lib.cli.common import LOCAL, RunsDir, check_free, give_way, runs_folder

EVERYWHERE = ("0.0.0.0", "::", "")
TOKEN = "GOSALES_DASHBOARD_TOKEN"


def dashboard(
    runs: RunsDir = None,
    host: Annotated[str, typer.Option(help="Address to serve on; others need a token.")] = LOCAL,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8866,
    pool: Annotated[int, typer.Option(min=0, help="Sessions kept ready for viewers.")] = 2,
    token: Annotated[bool, typer.Option("--token", help="Ask for a token here, too.")] = False,
    open_browser: Annotated[bool, typer.Option("--browser/--no-browser")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the command only.")] = False,
) -> None:
    """Serve the dashboard on this machine: http://127.0.0.1:8866.

    With another --host everybody who can reach it may ask for the page, so a token is needed: the
    one of GOSALES_DASHBOARD_TOKEN, or one that is made up and printed with the link.
    """
    given = arguments(notebook(), host, port, browser=open_browser, pool=pool)
    command = [sys.executable, "-m", "gosales_lib.dashboard.serve.server", *given]
    if dry_run:
        typer.echo(" ".join(command))
        return
    check_free(host, port)
    secret = needed_token(host, token)
    where = LOCAL if host in EVERYWHERE else host
    typer.echo(f"dashboard  http://{where}:{port}/" + (f"?token={secret}" if secret else ""))
    typer.echo("Ctrl-C ends it.")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["GOSALES_RUNS_DIR"] = str(runs_folder(runs))
    environment[TOKEN] = secret
    if host not in EVERYWHERE:
        environment["VOILA_APP_IP"] = host  # where a kernel asks what its viewer wants
    give_way(command, environment)


def arguments(page: Path, host: str, port: int, *, browser: bool, pool: int) -> list[str]:
    """Return the arguments of the server.

    Kernels are warmed ahead, and end with their page; ten minutes after it where it could not
    say so.
    """
    return [
        str(page),
        f"--Voila.ip={host}",
        f"--port={port}",
        "--Voila.port_retries=0",
        *(() if browser else ("--no-browser",)),
        "--template=gosales",
        "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.allow_theme_override=NO",
        "--VoilaConfiguration.strip_sources=True",
        f"--preheat_kernel={pool > 0}",
        f"--pool_size={pool}",
        "--KernelManager.transport_encryption=auto",
        "--ZMQChannelsWebsocketConnection.limit_rate=False",
        "--VoilaExecutor.iopub_timeout=60",  # where a machine is busy, an output comes late
        # a page's kernel has answered before; a lost answer is asked for again, not waited for
        "--MappingKernelManager.kernel_info_timeout=5",
        "--MappingKernelManager.cull_idle_timeout=600",
        "--MappingKernelManager.cull_interval=60",
    ]


def needed_token(host: str, asked: bool) -> str:
    """Return the token that viewers need: none on this machine alone unless asked for."""
    from gosales_lib.core import settings

    known = settings.load().dashboard_token
    if known is not None:
        return known.get_secret_value()
    return secrets.token_urlsafe(24) if asked or not is_local(host) else ""


def is_local(host: str) -> bool:
    """Return whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def notebook() -> Path:
    """Return the dashboard's notebook: of the checkout, else the one in the installed package.

    Raises
    ------
    FileNotFoundError
        Neither is there.
    """
    import gosales_lib
    from gosales_lib.core import settings

    places = [
        settings.project_root() / "notebooks",
        Path(gosales_lib.__file__).parent / "dashboard" / "serve",
    ]
    for place in places:
        if (place / "dashboard.ipynb").is_file():
            return place / "dashboard.ipynb"
    raise FileNotFoundError("dashboard.ipynb is missing: install gosales again")
