"""`pbx apply --watch`: every time that files are saved they are in force, or it is said why not."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from pbx.cli.apply import apply_files
from pbx.cli.output import Refusal, complain
from pbx.cli.plans import changes_between, running, say_changes
from pbx.config.places import Places
from pbx.core.errors import ConfigError, TransportError
from pbx.core.io.clock import utc_now
from pbx.versions.io.folders import PlanFolders, mark_of
from pbx.versions.settling import Settling

LOOK_S = 0.5  # the kernel's own news of a folder would need a watch on every one below it; what is saved
# within a second is one change


async def looks() -> AsyncIterator[None]:
    """When to look, for ever."""
    while True:
        await asyncio.sleep(LOOK_S)
        yield


async def watch(
    where: tuple[Path, Places], comment: str, looks: AsyncIterator[None], *, tested: bool
) -> None:
    """Apply the files, and again when they are saved, until the user ends it or the last of the looks."""
    directory, _ = where
    settling = Settling(await asyncio.to_thread(mark_of, directory))
    await apply_files(where, "apply", comment, tested=tested)
    complain(f"{directory.name} is watched, Ctrl-C ends it")
    async for _ in looks:
        if settling.look(await asyncio.to_thread(mark_of, directory)):
            try:
                await _saved(where, comment, tested=tested)
            except (Refusal, ConfigError, TransportError, OSError) as error:  # better luck with the next one
                complain(str(error))
            sys.stdout.flush()


async def _saved(where: tuple[Path, Places], comment: str, *, tested: bool) -> None:
    """Say what has changed, and have it in force if it may be."""
    directory, places = where
    changes = changes_between(running(PlanFolders(places, directory)), directory)
    say_changes(changes, as_json=False, heading=f"saved at {utc_now():%H:%M:%S} UTC")
    await apply_files(where, "save", comment, tested=tested)
