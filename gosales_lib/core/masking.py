"""Masks the secrets of the settings, and the paths of this machine, in texts that are kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

from gosales_lib.core import settings


def masked(text: str) -> str:
    """Return a text without secrets and without the paths of this machine.

    A secret of the settings becomes `***`, the project is `.`, the home `~`.
    """
    for secret in sorted(settings.load().secrets(), key=len, reverse=True):
        for written in {secret, json.dumps(secret)[1:-1]}:
            text = text.replace(written, "***")
    for path, short in ((settings.project_root(), "."), (Path.home(), "~")):
        if len(path.parts) > 1:  # never the bare root
            for written in {str(path), path.as_posix(), json.dumps(str(path))[1:-1]}:
                text = re.sub(rf"(?<![\w./\\]){re.escape(written)}(?![\w-])", short, text)
    return text
