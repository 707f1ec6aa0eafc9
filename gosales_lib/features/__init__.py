"""The feature families, one file each, and the feature matrix."""

import importlib
import pkgutil

from gosales_lib.core.settings import ENGINES
from gosales_lib.features import families
from gosales_lib.features.described import dictionary
from gosales_lib.features.engines import open_sales
from gosales_lib.features.family import FAMILIES, choose
from gosales_lib.features.history import Options
from gosales_lib.features.matrix import build, build_all, refuse_engine
from gosales_lib.features.options import options, report

__all__ = [
    "ENGINES",
    "FAMILIES",
    "Options",
    "build",
    "build_all",
    "choose",
    "dictionary",
    "discover",
    "open_sales",
    "options",
    "refuse_engine",
    "report",
]


def discover() -> None:
    """Import every module of `families`: a family registers itself when it is imported."""
    for module in pkgutil.iter_modules(families.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{families.__name__}.{module.name}")


discover()
