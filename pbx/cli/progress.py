"""A bar on stderr for work that takes long, if a person looks at it: nothing in a pipe or a log."""

import builtins
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pbx.recording.io.object_store import ObjectStore


class Bar:
    """Shows how much of `total` is done, for one `with`; without a total only that something is done.

    A class, because contextlib writes into the exceptions that pass and a ConfigError is frozen.
    """

    __slots__ = ("_progress", "_task")

    def __init__(self, words: str, total: int | None = None, console: Console | None = None) -> None:
        screen = console or Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(
            *columns, console=screen, transient=True, disable=not screen.is_terminal, redirect_stdout=False
        )
        self._task = self._progress.add_task(words, total=total)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    @property
    def done(self) -> float:
        return self._progress.tasks[0].completed

    def advance(self, amount: int) -> None:
        self._progress.advance(self._task, amount)


class WatchedStore:
    """An object store whose reads move a bar by their octets."""

    __slots__ = ("_bar", "_store")

    def __init__(self, store: ObjectStore, bar: Bar) -> None:
        self._store, self._bar = store, bar

    async def put_file(self, key: str, path: Path, sha256_hex: str) -> bool:
        return await self._store.put_file(key, path, sha256_hex)

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        octets = await self._store.read(key, start, length)
        self._bar.advance(len(octets))
        return octets

    async def head(self, key: str) -> int | None:
        return await self._store.head(key)

    async def delete(self, key: str) -> None:
        await self._store.delete(key)

    async def list(self, prefix: str = "") -> builtins.list[str]:
        return await self._store.list(prefix)
