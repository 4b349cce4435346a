"""The queues of a tenant as configured."""

from collections.abc import Mapping

from pbx.config.models import Tenant
from pbx.media.effects import Music
from pbx.services.queue_policy import Announcements, QueuePolicy


def queues_of(tenant: Tenant, music: Mapping[str, Music]) -> dict[str, QueuePolicy]:
    """Return how each works, with what its callers hear."""
    return {
        name: QueuePolicy(
            name=name,
            title=written.name or name,
            members=written.members,
            strategy=written.strategy,
            ring_s=written.ring_s,
            retry_s=written.retry_s,
            wrap_up_s=written.wrap_up_s or 0.0,
            max_wait_s=written.max_wait_s,
            max_length=written.max_length,
            max_misses=written.max_misses,
            login=written.login == "required",
            empty=written.empty,
            service_level_s=written.service_level_s,
            music=music.get(f"{tenant.name}/{written.music}"),
            announcements=Announcements(
                every_s=written.announce.every_s,
                first_s=written.announce.first_s,
                position=written.announce.position,
                wait=written.announce.wait,
                comfort=written.announce.comfort,
            ),
            exit_key=written.exit_key,
        )
        for name, written in tenant.queues.items()
    }
