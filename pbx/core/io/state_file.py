"""State files: what one process of a PBX knows now, for another one to read, whole and by its owner alone."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
_log = logging.getLogger("pbx.state_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateForm(Generic[T]):
    """What a file tells: `what` names it in a warning, `text` writes it, `stays` = after the process."""

    what: str
    every_s: float
    text: Callable[[T], str]
    stays: bool = False


async def keep_state(file: Path, look: Callable[[], T], form: StateForm[T]) -> None:
    """Write what `look` returns whenever it has changed, at first and until cancelled."""
    written: T | None = None
    try:
        while True:
            now = look()
            if now != written:
                try:
                    write_state(file, form.text(now))
                except OSError as error:  # the disk is full: calls matter more
                    _log.warning("%s are not written: %s", form.what, error)
                written = now
            await asyncio.sleep(form.every_s)
    finally:
        if not form.stays:
            file.unlink(missing_ok=True)


def write_state(file: Path, text: str) -> None:
    """Replace a file, whole or not at all, with mode 0600; OSError when the disk is full."""
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as new:
        os.fchmod(descriptor, 0o600)  # what a killed process left may be anybody's
        new.write(text)
    fresh.replace(file)
