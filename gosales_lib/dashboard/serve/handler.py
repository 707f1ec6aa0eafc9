"""What all addresses share: who may ask, how long they wait, how an error looks."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from importlib import metadata
from typing import TYPE_CHECKING, Any, TypeVar

from tornado import web

from gosales_lib.dashboard.read.scope import Scope
from gosales_lib.dashboard.render.paper import Paper
from gosales_lib.dashboard.serve.access import COOKIE, COOKIE_DAYS, is_foreign, is_local

if TYPE_CHECKING:
    from gosales_lib.dashboard.serve.server import Dashboard

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Plotly sets styles; no script may stand in the page
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" makes a form send `Origin: null`
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "GoSales",
}
MOST_WAITING = 40
"""Requests that may wait for their turn."""
BUSY = "Many people are reading at this moment. Please open the page again in a few seconds."
Result = TypeVar("Result")


class Handler(web.RequestHandler):
    """One request of a viewer."""

    application: Dashboard
    whole = False
    """Whether an error is a whole page, too."""

    def set_default_headers(self) -> None:
        """Set the headers that forbid what the page does not need."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    async def prepare(self) -> None:
        """Refuse other sites' pages and unknown names of this machine; let a token in."""
        if is_foreign(self.request.headers) or not self.application.answers_to(self.request.host):
            raise web.HTTPError(403)
        given = self.get_query_argument("token", "")
        if given and self.request.method == "GET" and self.application.gate.is_needed:
            await self._with_token(given)

    async def _with_token(self, given: str) -> None:
        """Keep a right token of a link in a cookie, and take it out of the address."""
        if (name := self.application.gate.who(given)) is not None:
            self.welcome(name)
        else:
            await self.application.gate.slow_down(str(self.request.remote_ip))
        rest = [part for part in self.request.query.split("&") if not part.startswith("token=")]
        self.redirect("./" + (f"?{'&'.join(rest)}" if rest else ""))

    def welcome(self, name: str) -> None:
        """Remember this viewer for a day."""
        self.set_signed_cookie(
            COOKIE, f"viewer {name}", expires_days=COOKIE_DAYS, httponly=True, samesite="Lax"
        )

    def get_current_user(self) -> str | None:
        """Return the viewer; without a token, the viewer of everything on this machine."""
        gate = self.application.gate
        if not gate.is_needed:
            return "viewer "
        header = gate.scopes.header
        if header and is_local(self.request.remote_ip):
            name = gate.named(self.request.headers.get(header, ""))
            if name is not None:
                return f"viewer {name}"
        cookie = self.get_signed_cookie(COOKIE, max_age_days=COOKIE_DAYS)
        return cookie.decode() if cookie else None

    @property
    def scope(self) -> Scope | None:
        """What the viewer may see; who is in no view any more sees nothing (401)."""
        if self.current_user is None:
            raise web.HTTPError(401)
        try:
            return self.application.gate.scope(self.current_user.removeprefix("viewer "))
        except KeyError:
            raise web.HTTPError(401) from None

    async def work(self, task: Callable[..., Result], *arguments: Any) -> Result:
        """Return a task's result from a thread; 503 where too many requests wait already."""
        if self.application.waiting >= MOST_WAITING:
            self.set_header("Retry-After", "5")
            raise web.HTTPError(503)
        self.application.waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self.application.threads, functools.partial(task, *arguments)
            )
        finally:
            self.application.waiting -= 1

    def document(self, template: str = "shell.jinja", **context: Any) -> None:
        """Answer with a whole HTML document."""
        shared = {"version": metadata.version("gosales"), "plotly": metadata.version("plotly")}
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(str(Paper().write(template, **shared, **context)))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer in one sentence, never with a traceback."""
        words = {403: "This address is not for you.", 404: "There is no such page.", 503: BUSY}.get(
            status_code, "The page could not be made. The window of the server says why."
        )
        if self.whole:
            self.document(title=f"GoSales · {status_code}", message=words, again="./")
        else:
            self.finish({"problem": words})
