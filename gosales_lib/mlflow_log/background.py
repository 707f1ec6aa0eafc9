"""Logs trainings in a thread of the runner, as they end.

The run does not wait for it, and an error here does not harm the run: one line reports it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gosales_lib.core.log import logger
from gosales_lib.mlflow_log import store
from gosales_lib.mlflow_log.tracking import HOLDOUT, STEP, in_words, log_any
from gosales_lib.run_folders import Run


@contextmanager
def tracker(run: Run, wanted: bool = True) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Yield a watcher that logs each training of a run; on leaving, wait until all are logged."""
    if not wanted:
        yield lambda event: None
        return
    waiting: queue.Queue[str | None] = queue.Queue()
    thread = threading.Thread(target=_work, args=(run, waiting), name="mlflow", daemon=True)
    thread.start()

    def watch(event: Mapping[str, Any]) -> None:
        logged = event.get("key", "").startswith((STEP, HOLDOUT))
        if logged and (event["event"] == "kept" or event.get("state") == "done"):
            waiting.put(event["key"])

    try:
        yield watch
    finally:
        waiting.put(None)
        thread.join()


def _work(run: Run, waiting: queue.Queue[str | None]) -> None:
    """Log what comes. What MLflow refuses is said once; a store that fails is not asked again."""
    failed, refused = False, set[str]()
    while (key := waiting.get()) is not None:
        if failed:
            continue
        try:
            log_any(run, key)
        except store.RefusedError as error:
            if str(error) not in refused:
                logger.warning("%s; the run is not harmed", error)
            refused.add(str(error))
        except Exception as error:
            failed = True
            later = f"`gosales mlflow sync {run.id}` logs it later"
            cause = in_words(error)
            logger.warning(
                "MLflow did not take %s (%s); the run is not harmed, %s", key, cause, later
            )
