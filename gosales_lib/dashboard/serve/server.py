"""The dashboard's server: Voila, with every door shut that the page does not use.

Run as `python -m gosales_lib.dashboard.serve.server NOTEBOOK …`; `gosales dashboard` does. The
token comes from the environment variable `GOSALES_DASHBOARD_TOKEN`, since everybody sees a
command line.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import jinja2
from tornado import web
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.tornado.handler import TornadoVoilaHandler

from gosales_lib.dashboard.serve import STATIC

TOKEN = "GOSALES_DASHBOARD_TOKEN"
HERE = Path(__file__).parent
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
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NEEDED = (r"/api/kernels/.*channels", r"/voila/(query|api/shutdown)/", r"/login")
"""Of Voila's addresses those that the page uses; files, themes, extensions are not served."""
MESSAGES = ["comm_msg"]
"""Of a kernel's messages the one that the page sends; the server drops `execute_request`."""


class FromHere(RequestInfoSocketHandler):
    """What a viewer asked for, told to the viewer's kernel: which runs on this machine."""

    def prepare(self) -> None:
        """Refuse whoever is not on this machine."""
        address = ipaddress.ip_address(self.request.remote_ip or "0.0.0.0")
        if not (address.is_loopback or str(address) == os.environ.get("VOILA_APP_IP")):
            raise web.HTTPError(403)


class Page(TornadoVoilaHandler):
    """The page; its cookie lets the page, and no other, say that it is closed."""

    async def get(self, path: str | None = None) -> None:
        """Answer with the page of a viewer's own kernel."""
        _ = self.xsrf_token  # asking for it sets the cookie
        await super().get(path)


class Server(Voila):
    """Voila for one notebook and one page."""

    def init_settings(self) -> dict[str, Any]:
        """Return Voila's settings with a content policy, host names checked, few messages."""
        settings = super().init_settings()
        self.kernel_manager.allowed_message_types = MESSAGES
        own = jinja2.FileSystemLoader(HERE / "html")
        settings["jinja2_env"].loader = jinja2.ChoiceLoader([own, settings["jinja2_env"].loader])
        return settings | {
            # without a token only this machine's own names are answered (DNS rebinding)
            "allow_remote_access": bool(self.token),
            "headers": HEADERS,
            "compress_response": True,
            "websocket_max_message_size": 2**20,
        }

    def init_handlers(self) -> list[Any]:
        """Return the addresses that the page uses, and no other."""
        import plotly

        pictures = Path(plotly.__file__).parent / "package_data"
        files = [
            (r"/voila/templates/gosales/static/(.*)", web.StaticFileHandler, {"path": STATIC}),
            (r"/voila/static/(plotly\.min\.js)", web.StaticFileHandler, {"path": pictures}),
        ]
        found = super().init_handlers()
        kept = [entry for entry in found if re.search("|".join(NEEDED), str(entry[0]))]
        page = (r"/", Page, *found[-1][2:])
        shut = [(a, FromHere, *rest[1:]) if "query" in a else (a, *rest) for a, *rest in kept]
        return [*shut, *files, page]

    def stop(self) -> None:
        """End at once, with every kernel.

        Voila's own way waits for kernels that are being warmed. A kernel ends by itself within a
        second of its server, too.
        """
        shutil.rmtree(self.connection_dir, ignore_errors=True)
        for kernel in list(self.kernel_manager._kernels.values()):
            process = getattr(getattr(kernel, "provisioner", None), "process", None)
            if process is not None:
                process.kill()
        os._exit(0)


def main(argv: list[str]) -> None:
    """Serve until stopped; the kernels get the environment, but not the token."""
    import plotly

    token = os.environ.pop(TOKEN, "")
    path = [str(HERE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(path)  # where Voila finds the template
    resources = f"--VoilaConfiguration.resources=plotly={plotly.__version__}"
    Server.launch_instance(argv=[*argv, resources], token=token)


if __name__ == "__main__":
    main(sys.argv[1:])
