"""What is played to those on hold, tenant by tenant."""

import logging

from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.core.errors import StorageError
from pbx.media.effects import Music
from pbx.media.io.music_files import prepare

HOLD = "hold"  # the class that is always there
_log = logging.getLogger("pbx.music")


def music_of(config: Configuration, places: Places) -> dict[str, Music]:
    """Prepare what is played, which takes seconds the first time; who has none that can be heard has silence.

    Music on hold is there by tenant, what its conferences, queues and parking lot name by `TENANT/CLASS`.
    """
    found: dict[str, Music] = {}
    for tenant in config.tenants.values():
        parking = {tenant.parking.music} if tenant.parking is not None else set()
        for name in {HOLD, *parking, *_classes(tenant)}:
            music = _prepared(tenant, name, places)
            if music is None:
                continue
            found[f"{tenant.name}/{name}"] = music
            if name == HOLD:
                found[tenant.name] = music
    return found


def _classes(tenant: Tenant) -> set[str]:
    """What its conferences and queues name."""
    rooms, queues = tenant.conferences.values(), tenant.queues.values()
    return {*(room.music for room in rooms), *(queue.music for queue in queues)}


def _prepared(tenant: Tenant, name: str, places: Places) -> Music | None:
    music = tenant.music[name]
    try:
        sources = prepare(music, places.cache)
    except StorageError as error:
        _log.error("tenant=%s %s", tenant.name, error)
        return None
    return Music(sources=sources, order=music.order, resume=music.resume)
