"""One task scope per call: a failing task ends its call, never the process."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from pbx.core.ids import CallId

_log = logging.getLogger("pbx.runner")


class CallScopes:
    """Tasks by call; `failed` hears of an exception once per task."""

    def __init__(self, failed: Callable[[CallId, str], None]) -> None:
        self._failed = failed
        self._tasks: dict[CallId, set[asyncio.Task[None]]] = {}

    def spawn(self, call: CallId, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the scope of `call`."""
        task = asyncio.create_task(work)
        self._tasks.setdefault(call, set()).add(task)
        task.add_done_callback(lambda done: self._done(call, done))

    def close(self, call: CallId) -> None:
        """The call is over: cancel what still runs for it."""
        for task in self._tasks.pop(call, ()):
            task.cancel()

    def _done(self, call: CallId, task: asyncio.Task[None]) -> None:
        tasks = self._tasks.get(call, set())
        tasks.discard(task)
        if not tasks:
            self._tasks.pop(call, None)
        if task.cancelled() or task.exception() is None:
            return
        # The type only: an exception's text may quote what it was working on.
        _log.error("call=%s task failed: %s", call, type(task.exception()).__name__)
        self._failed(call, "internal_error")
