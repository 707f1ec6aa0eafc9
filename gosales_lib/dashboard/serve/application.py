"""What all requests share: the runs, the threads that make pages, and the access rules."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tornado import web

from gosales_lib.dashboard.read.scope import Scopes
from gosales_lib.dashboard.serve.access import Gate, is_local
from gosales_lib.dashboard.serve.site import Site

AT_ONCE = 2
"""Pages made at the same time."""


class Application(web.Application):
    """The shared state of the server; `routes` are the arguments of Tornado's application."""

    def __init__(self, runs_dir: Path, token: str, scopes: Scopes, **routes: Any) -> None:
        self.site = Site(runs_dir)
        self.gate = Gate(token, scopes)
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="page")
        self.waiting = 0
        super().__init__(**routes)

    def answers_to(self, host: str) -> bool:
        """Return whether a name is this machine's own; with a token every name is (DNS rebinding).

        A reverse proxy that passes its own name on needs a token, too.
        """
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        return self.gate.is_needed or name == "localhost" or is_local(name.strip("[]"))
