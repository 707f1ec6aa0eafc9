"""The dashboard as one widget: it answers links with pages, for one viewer."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from gosales_lib.core.log import logger
from gosales_lib.dashboard.render.paper import embedded
from gosales_lib.dashboard.serve import STATIC
from gosales_lib.dashboard.serve.site import Site

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Dashboard(anywidget.AnyWidget):
    """The pages over a folder of runs, opened at a query string.

    In Voila the first page is printed as HTML, so it is there before anything else is loaded;
    from then on the page sends `{"open": "?tab=…"}` over this widget's comm and gets the next one.
    """

    _esm = STATIC / "dashboard.js"
    _css = STATIC / "dashboard.css"
    query = traitlets.Unicode("").tag(sync=True)

    def __init__(self, runs_dir: Path, query: str = "") -> None:
        super().__init__(query=query)
        self.site = Site(runs_dir)
        self.on_msg(self._heard)

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        """Answer one message; whatever it holds, the viewer gets an answer and nothing is run."""
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        asked = {name: value for name, value in content.items() if isinstance(value, str | bool)}
        try:
            answer = self.answer(asked)
        except Exception as error:
            logger.exception("the dashboard could not answer %s", list(asked))
            answer = {"problem": f"That did not work ({type(error).__name__}). "}
        self.send({**answer, "id": asked["id"]})

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a message: hello, open, suggest, download or plotly."""
        query = str(asked.get("open", ""))
        if "download" in asked:
            from gosales_lib.dashboard.export import downloads

            file = downloads.of(self.site, query, str(asked["download"]))
            return {"name": file.name, "type": file.type, "file": encoded(file.content)}
        if "suggest" in asked:
            return {"found": self.site.suggest(query, str(asked["suggest"]))}
        if "plotly" in asked:
            from plotly.offline import get_plotlyjs

            return {"plotly": get_plotlyjs()}
        if "open" not in asked:
            return {"hello": True}
        page = self.site.open(query)
        return {
            "html": page.html,
            "figures": page.figures,
            "title": page.title,
            "link": page.link,
        }

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        """Return the widget for JupyterLab; in Voila with the first page already written."""
        view = {"model_id": self.model_id, "version_major": 2, "version_minor": 1}
        bundle: dict[str, Any] = {WIDGET_VIEW: view}
        bundle["text/plain"] = "the dashboard"
        if in_voila():
            page = self.site.open(self.query)
            told = {"figures": page.figures, "link": page.link, "title": page.title}
            data = "".join(
                f'<script type="application/json" id="{name}">{embedded(value)}</script>'
                for name, value in told.items()
            )
            bundle["text/html"] = f"{page.html}{data}"
        return bundle, {}


def encoded(content: bytes) -> str:
    """Return a file as text: Voila 0.5 reads a message with buffers as offsets without end."""
    return base64.b64encode(content).decode("ascii")


def in_voila() -> bool:
    """Return whether Voila runs this kernel."""
    return "voila" in os.environ.get("SERVER_SOFTWARE", "") or "VOILA_PREHEAT" in os.environ


def query_string() -> str:
    """Return the query string that Voila was asked with, waiting for the viewer in a warm kernel.

    Empty in JupyterLab.
    """
    if os.environ.get("VOILA_PREHEAT") == "True":
        with ThreadPoolExecutor(1) as other:  # this thread's loop is the kernel's
            os.environ |= other.submit(lambda: asyncio.run(_request())).result()
    return os.environ.get("QUERY_STRING", "") if in_voila() else ""


async def _request() -> dict[str, str]:
    """Return what Voila tells a warm kernel of its viewer.

    `voila.utils.wait_for_request` does the same, but imports the whole server: two seconds.
    """
    from tornado.websocket import websocket_connect

    known = os.environ.get
    host, port = known("VOILA_APP_IP", "127.0.0.1"), known("VOILA_APP_PORT", "8866")
    host = f"[{host}]" if ":" in host else host
    path = f"{known('VOILA_SERVER_URL', '/')}voila/query/{known('VOILA_KERNEL_ID')}"
    wire = await websocket_connect(f"ws://{host}:{port}{path}")
    told = await wire.read_message()
    wire.close()
    return {name: str(value) for name, value in json.loads(told or "{}").items()}


def closed_to_the_front() -> None:
    """Let the page open no comm of its own: it may only talk to the widget that is there."""
    from IPython import get_ipython

    shell = get_ipython()
    if in_voila() and shell is not None:
        shell.kernel.comm_manager.targets.clear()
