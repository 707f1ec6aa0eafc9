"""The entry point of the Papermill engine; it imports the real engine on first use.

Papermill loads entry points while it is being imported, too early to inherit from it.
"""

from __future__ import annotations

from typing import Any


class _Engine:
    """Stands for `papermill_engine.PooledEngine`."""

    def __getattr__(self, name: str) -> Any:
        from gosales_lib.batch.kernels.papermill_engine import PooledEngine

        return getattr(PooledEngine, name)


engine = _Engine()
