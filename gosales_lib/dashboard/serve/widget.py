"""The dashboard as one widget, for JupyterLab and Voila: it answers links with pages."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from gosales_lib.core.log import logger
from gosales_lib.dashboard import STATIC
from gosales_lib.dashboard.serve.site import Site


class Dashboard(anywidget.AnyWidget):
    """The pages over a folder of runs, opened at a query string.

    The page sends `{"open": "?tab=…"}` over this widget's comm and gets the next page.
    """

    _esm = STATIC / "dashboard.js"
    _css = STATIC / "dashboard.css"
    query = traitlets.Unicode("").tag(sync=True)

    def __init__(self, runs_dir: Path, query: str = "") -> None:
        super().__init__(query=query)
        self.site = Site(runs_dir)
        self.on_msg(self._heard)

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        """Answer one message. The viewer always gets an answer, and no code of the message runs."""
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
            try:
                content = base64.b64encode(file.path.read_bytes()).decode("ascii")
            finally:
                file.remove()
            return {"name": file.name, "type": file.type, "file": content}
        if "suggest" in asked:
            return {"found": self.site.suggest(query, str(asked["suggest"]))}
        if "plotly" in asked:
            from plotly.offline import get_plotlyjs

            return {"plotly": get_plotlyjs()}
        if "open" not in asked:
            return {"hello": True}
        return self.site.open(query).message()
