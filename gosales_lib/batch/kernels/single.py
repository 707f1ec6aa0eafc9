"""A process that runs notebooks one after another and so saves the cost of kernels.

    python -m gosales_lib.batch.kernels.single  # JSON lines: cells of a notebook in, outputs out

The libraries are imported once. A notebook finds an empty namespace, and what it displays is kept
as nbformat has it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Answer each line of standard input until it ends; cells never write to standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    from IPython.core.interactiveshell import InteractiveShell

    from gosales_lib.core import process_cache

    process_cache.begin()
    shell = InteractiveShell.instance(history_length=0)
    if shell.history_manager is not None:
        shell.history_manager.enabled = False
    shell.showtraceback = lambda *_, **__: None  # type: ignore[method-assign] # it is answered
    for line in sys.stdin:
        shell.reset(new_session=True)
        gc.freeze()  # a reset collects garbage: libraries and tables that stay are not searched
        print(json.dumps(list(_run(shell, json.loads(line)))), file=answers, flush=True)


def _run(shell: Any, cells: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the outputs of each cell, as nbformat has them; stop at the first error."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.utils.capture import capture_output

    for source in cells:
        values: list[Any] = []
        shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=values)
        with capture_output() as captured:
            ended = shell.run_cell(source)
        outputs = [_printed(captured.stdout)] if captured.stdout else []
        outputs += [_displayed(each.data, each.metadata) for each in captured.outputs]
        outputs += [_displayed(each["data"], each["metadata"]) for each in values]
        error = ended.error_before_exec or ended.error_in_exec
        if error is not None:
            yield [*outputs, _error(shell, error)]
            return
        yield outputs


def _printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def _displayed(data: dict[str, Any], metadata: dict[str, Any] | None) -> dict[str, Any]:
    kept = {kind: value for kind, value in data.items() if isinstance(value, str | dict)}
    return {"output_type": "display_data", "data": kept, "metadata": metadata or {}}


def _error(shell: Any, error: BaseException) -> dict[str, Any]:
    lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    words = {"ename": type(error).__name__, "evalue": str(error)}
    return {"output_type": "error", **words, "traceback": lines}


if __name__ == "__main__":
    main()
