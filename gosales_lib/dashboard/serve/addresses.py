"""The dashboard's addresses: pages and their parts, suggestions, downloads, the login, files."""

from __future__ import annotations

from pathlib import Path

from tornado import web

from gosales_lib.dashboard.render.paper import embedded
from gosales_lib.dashboard.serve.access import own_path
from gosales_lib.dashboard.serve.handler import HEADERS, Handler

PIECE = 2**20
"""Bytes of a file that are sent at a time."""


class Page(Handler):
    """The whole document of an address: `/?tab=…`."""

    whole = True

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
        self.finish(page.message())


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

    whole = True

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
