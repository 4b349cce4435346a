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

    Music on hold is there by tenant, the classes of its conferences and of its parking lot by `TENANT/CLASS`.
    """
    found: dict[str, Music] = {}
    for tenant in config.tenants.values():
        parking = {tenant.parking.music} if tenant.parking is not None else set()
        for name in {HOLD, *parking, *(room.music for room in tenant.conferences.values())}:
            music = _prepared(tenant, name, places)
            if music is None:
                continue
            found[f"{tenant.name}/{name}"] = music
            if name == HOLD:
                found[tenant.name] = music
    return found


def _prepared(tenant: Tenant, name: str, places: Places) -> Music | None:
    music = tenant.music[name]
    try:
        sources = prepare(music, places.cache)
    except StorageError as error:
        _log.error("tenant=%s %s", tenant.name, error)
        return None
    return Music(sources=sources, order=music.order, resume=music.resume)
