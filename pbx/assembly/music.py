"""What is played to those on hold, tenant by tenant."""

import logging

from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.errors import StorageError
from pbx.media.effects import Music
from pbx.media.io.music_files import prepare

HOLD = "hold"  # the class that is always there
_log = logging.getLogger("pbx.music")


def music_of(config: Configuration, places: Places) -> dict[str, Music]:
    """Prepare the music on hold, which takes seconds the first time; a tenant without any hears silence."""
    found: dict[str, Music] = {}
    for tenant in config.tenants.values():
        music = tenant.music[HOLD]
        try:
            sources = prepare(music, places.cache)
        except StorageError as error:
            _log.error("tenant=%s %s", tenant.name, error)
            continue
        found[tenant.name] = Music(sources=sources, order=music.order, resume=music.resume)
    return found
