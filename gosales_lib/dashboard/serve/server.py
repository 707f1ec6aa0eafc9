"""The dashboard's server: one process shows the pages to all viewers, over HTTP.

Run as `python -m gosales_lib.dashboard.serve.server`; `gosales dashboard` does. The token comes
from the environment variable `GOSALES_DASHBOARD_TOKEN`, since everybody sees a command line.

No viewer has a kernel or a session: a page depends on its address alone. So nothing can fall
silent, what is read is shared, and memory does not grow with the number of viewers.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import ipaddress
import os
import secrets
import signal
import webbrowser
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from tornado import web

from gosales_lib.core.log import logger
from gosales_lib.dashboard import STATIC
from gosales_lib.dashboard.read.scope import Scope, Scopes, load
from gosales_lib.dashboard.render.paper import Paper, embedded
from gosales_lib.dashboard.serve.access import (
    COOKIE,
    COOKIE_DAYS,
    Gate,
    is_foreign,
    own_path,
)
from gosales_lib.dashboard.serve.site import Site

TOKEN = "GOSALES_DASHBOARD_TOKEN"
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
AT_ONCE, MOST_WAITING = 2, 40
"""Pages made at the same time, and requests that may wait for their turn."""
PIECE = 2**20
BUSY = "Many people are reading at this moment. Please open the page again in a few seconds."
Result = TypeVar("Result")


class Handler(web.RequestHandler):
    """What all addresses share: who may ask, how long they wait, how an error looks."""

    application: Dashboard

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
        """Return who asks; everybody on this machine where no token is needed."""
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
        words = {
            403: "This address is not for you.",
            404: "There is no such page.",
            503: BUSY,
        }.get(status_code, "The page could not be made. The window of the server says why.")
        if isinstance(self, Page | Login):
            self.document(title=f"GoSales · {status_code}", message=words, again="./")
        else:
            self.finish({"problem": words})


class Page(Handler):
    """The whole document of an address: `/?tab=…`."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the page, or the form that asks for a token."""
        page = await self.work(self.application.site.open, f"?{self.request.query}", self.scope)
        self.document(
            title=page.title, link=page.link, html=page.html, figures=embedded(page.figures)
        )


class Part(Handler):
    """The same page without its document, for a page that is open already."""

    async def get(self) -> None:
        """Answer with {html, figures, title, link}; 401 where the viewer is not known any more."""
        page = await self.work(self.application.site.open, f"?{self.request.query}", self.scope)
        self.finish(
            {
                "html": str(page.html),
                "figures": page.figures,
                "title": page.title,
                "link": page.link,
            }
        )


class Suggest(Handler):
    """Customers whose name or number holds what was typed."""

    async def get(self) -> None:
        """Answer with {found: [[id, label], …]}."""
        typed = self.get_query_argument("typed", "")
        asked = (f"?{self.request.query}", typed, self.scope)
        self.finish({"found": await self.work(self.application.site.suggest, *asked)})


class Download(Handler):
    """The list of a view as a file, sent piece by piece."""

    @web.authenticated
    async def get(self, kind: str) -> None:
        """Answer with the file; who leaves early ends the sending."""
        from gosales_lib.dashboard.export import downloads

        asked = (self.application.site, f"?{self.request.query}", kind, self.scope)
        file = await self.work(downloads.of, *asked)
        try:
            self.set_header("Content-Type", file.type)
            self.set_header("Content-Disposition", f'attachment; filename="{file.name}"')
            self.set_header("Content-Length", str(file.path.stat().st_size))
            with file.path.open("rb") as content:
                while piece := content.read(PIECE):
                    self.write(piece)
                    await self.flush()
        finally:
            file.remove()


class Login(Handler):
    """The form that asks for the token."""

    def get(self) -> None:
        """Show the form, or go on where the viewer is known."""
        if self.current_user:
            self.redirect(own_path(self.get_argument("next", "")))
        else:
            self._form("")

    async def post(self) -> None:
        """Let a right token in; keep a wrong one waiting."""
        name = self.application.gate.who(self.get_body_argument("token", ""))
        if name is not None:
            self.welcome(name)
            self.redirect(own_path(self.get_body_argument("next", "")), status=303)
            return
        await self.application.gate.slow_down(str(self.request.remote_ip))
        self.set_status(401)
        self._form("That is not the token. Please try again.")

    def _form(self, message: str) -> None:
        asked = own_path(self.get_argument("next", ""))
        xsrf = self.xsrf_token.decode()
        self.document("login.jinja", title="GoSales", message=message, xsrf=xsrf, next=asked)


class Missing(Handler):
    """Every other address."""

    def prepare(self) -> None:  # type: ignore[override]
        """Refuse it."""
        raise web.HTTPError(404)


class Static(web.StaticFileHandler):
    """Style, script and Plotly, kept by the browser; their address holds the version."""

    def set_extra_headers(self, path: str) -> None:
        """Set the same headers as for pages."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "private, max-age=86400")

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Return the file; Plotly's lies in its package."""
        if path == "plotly.min.js":
            import plotly

            return str(Path(plotly.__file__).parent / "package_data" / path)
        return super().get_absolute_path(root, path)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Serve a file of the folder, and Plotly's."""
        if absolute_path.endswith("plotly.min.js"):
            return absolute_path
        return super().validate_absolute_path(root, absolute_path)


class Dashboard(web.Application):
    """The addresses, and what all viewers share: the runs, the threads, the gate."""

    def __init__(self, runs_dir: Path, token: str = "", scopes: Scopes | None = None) -> None:
        self.site = Site(runs_dir)
        self.gate = Gate(token, scopes or Scopes())
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="page")
        self.waiting = 0
        super().__init__(
            [
                (r"/", Page),
                (r"/part", Part),
                (r"/suggest", Suggest),
                (r"/download/(csv|xlsx)", Download),
                (r"/login", Login),
                (r"/static/(dashboard\.css|dashboard\.js|favicon\.svg|plotly\.min\.js)", Static,
                 {"path": str(STATIC)}),
            ],
            default_handler_class=Missing,
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


def is_local(address: str | None) -> bool:
    """Return whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


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
    os._exit(0)  # a page that is being made is not waited for


if __name__ == "__main__":
    main()
