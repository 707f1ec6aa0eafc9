"""The server of the dashboard: one process serves the pages to all viewers over HTTP.

Run as `python -m gosales_lib.dashboard.serve.server`; `gosales dashboard` does. The token comes
from the environment variable `GOSALES_DASHBOARD_TOKEN`, because other users can see a command line.

No viewer has a kernel or a session: a page depends on its address alone. So nothing can fall
silent, what is read is shared, and memory does not grow with the number of viewers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tornado import web

from gosales_lib.core.log import logger
from gosales_lib.dashboard import STATIC
from gosales_lib.dashboard.read.scope import Scopes, load
from gosales_lib.dashboard.serve import addresses
from gosales_lib.dashboard.serve.access import Gate, is_local
from gosales_lib.dashboard.serve.site import Site

AT_ONCE = 2
"""Pages made at the same time."""
TOKEN = "GOSALES_DASHBOARD_TOKEN"
FILES = (r"dashboard\.css", r"dashboard\.js", r"favicon\.svg", r"plotly\.min\.js")


class Dashboard(web.Application):
    """What all requests share: the runs, the threads that make pages, the access rules."""

    def __init__(self, runs_dir: Path, token: str = "", scopes: Scopes | None = None) -> None:
        self.site = Site(runs_dir)
        self.gate = Gate(token, scopes or Scopes())
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="page")
        self.waiting = 0
        super().__init__(
            handlers=[
                (r"/", addresses.Page),
                (r"/part", addresses.Part),
                (r"/suggest", addresses.Suggest),
                (r"/download/(csv|xlsx)", addresses.Download),
                (r"/login", addresses.Login),
                (rf"/static/({'|'.join(FILES)})", addresses.Static, {"path": str(STATIC)}),
            ],
            default_handler_class=addresses.Missing,
            cookie_secret=secrets.token_bytes(32),
            xsrf_cookies=True,
            xsrf_cookie_kwargs={"samesite": "Strict", "httponly": True},
            login_url="/login",
            compress_response=True,
            log_function=_log,
        )  # fmt: skip

    def answers_to(self, host: str) -> bool:
        """Return whether a name is this machine's own; with a token every name is (DNS rebinding).

        A reverse proxy that passes its own name on needs a token, too.
        """
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        return self.gate.is_needed or name == "localhost" or is_local(name.strip("[]"))


def _log(handler: web.RequestHandler) -> None:
    """Log what failed, without the address: it may hold a token or a customer's name."""
    if handler.get_status() >= 500:
        logger.warning("%s %s", handler.get_status(), handler.request.path)


async def serve(dashboard: Dashboard, host: str, port: int, browser: bool) -> None:
    """Serve until the process is told to stop."""
    server = dashboard.listen(port, address=host, max_buffer_size=2**20)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    dashboard.threads.submit(dashboard.site.warm)
    print("The dashboard is ready.", flush=True)
    if browser:
        name = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
        address = f"http://{f'[{name}]' if ':' in name else name}:{port}/"
        token = dashboard.gate.token
        webbrowser.open(address + (f"?token={token}" if token else ""))
    await stopped.wait()
    server.stop()
    dashboard.threads.shutdown(wait=False, cancel_futures=True)


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--views", type=Path)
    given = parser.parse_args()
    scopes = load(given.views) if given.views else Scopes()
    dashboard = Dashboard(given.runs, os.environ.pop(TOKEN, ""), scopes)
    asyncio.run(serve(dashboard, given.host, given.port, given.browser))
    os._exit(0)  # the server does not wait for pages that are being made


if __name__ == "__main__":
    main()
