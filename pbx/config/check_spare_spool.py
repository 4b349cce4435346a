"""The spare spool: one that fails together with the first one is none."""

from pathlib import Path

from pbx.config.models import PbxSettings
from pbx.config.places import Places
from pbx.config.read import Read
from pbx.core.errors import ConfigError


def useless_spare(base: Path, pbx: Read[PbxSettings]) -> list[ConfigError]:
    """Return a warning when recordings could not go on in the spare spool; `base` = above `var`."""
    places = Places(base)
    spare = places.spare_spool(pbx.model)
    if spare is None or not (reason := _why(places.spool, spare)):
        return []
    hint = "name a folder on another disk, in a folder that is there"
    return [pbx.document.error(("recording", "spare_spool"), reason, hint)]


def _why(spool: Path, spare: Path) -> str:
    if spare.resolve() == spool.resolve():
        return "this is the spool itself, a spare is of no use there"
    if not spare.parent.is_dir():
        return f"{spare.parent} is not there: is its disk mounted?"
    if _device(spare) == _device(spool):
        return "the spare spool is on the file system of the first one, and full when that is full"
    return ""


def _device(folder: Path) -> int:
    """The file system that a folder is on, or will be once it is made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.stat().st_dev
