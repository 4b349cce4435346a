"""Music on hold as it is written in `tenant.yaml`, and what becomes of it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pbx.config.types import Name, Strict
from pbx.media.music import MusicClass

MAX_CLASSES = 32
HOLD = "hold"  # the class of whoever names none


class MusicSettings(Strict):
    """One class: the files of a folder below the tenant's, `music/NAME` when none is named."""

    folder: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    order: Literal["listed", "shuffled"] = "listed"
    resume: Literal["clock", "here"] = "clock"
    level_db: Annotated[int, Field(ge=-40, le=0)] = -10


WrittenMusic = Annotated[dict[Name, MusicSettings], Field(max_length=MAX_CLASSES)]


def folder_of(name: str, written: MusicSettings) -> str:
    """Return the folder of a class, relative to the tenant's."""
    return written.folder or f"music/{name}"


def build_music(written: dict[str, MusicSettings], folder: Path) -> dict[str, MusicClass]:
    """Return the classes by name; `hold` is always there, as the piece that ships if nothing is written."""
    classes = {
        name: MusicClass(
            name=name,
            folder=folder / folder_of(name, one),
            order=one.order,
            resume=one.resume,
            level_db=one.level_db,
        )
        for name, one in written.items()
    }
    return {HOLD: MusicClass(name=HOLD, folder=None)} | classes
