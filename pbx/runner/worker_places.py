"""Where the media workers are: sockets of this machine, and addresses of others."""

from dataclasses import dataclass
from pathlib import Path

from pbx.media.io.remote_link import RemoteWorker

Place = Path | RemoteWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlaces:
    """A worker each."""

    local: tuple[Path, ...]
    remote: tuple[RemoteWorker, ...] = ()


def name_of(place: Place) -> str:
    """Return what an admin calls the worker there."""
    return place.stem if isinstance(place, Path) else f"remote {place.address}"
