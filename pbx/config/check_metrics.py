"""The page of metrics: a port that SIP or the player of links wants is found before a start."""

from collections.abc import Iterator
from ipaddress import ip_address

from pbx.config.models import PbxSettings
from pbx.config.read import Read
from pbx.core.errors import ConfigError

Place = tuple[str, int]


def check_metrics(pbx: Read[PbxSettings], settings: PbxSettings) -> list[ConfigError]:
    """Return whose port it is already; `settings` are those in force, with the environment's port of SIP."""
    if settings.metrics is None:
        return []
    mine = (settings.metrics.host, settings.metrics.port)
    for whose, place in _others(settings):
        if _meet(mine, place):
            return [pbx.document.error(("metrics", "port"), f"{place[1]} is the port of {whose} already")]
    return []


def _others(settings: PbxSettings) -> Iterator[tuple[str, Place]]:
    """Every TCP port of this configuration."""
    sip = settings.sip
    if "tcp" in sip.transports:
        yield "sip", (sip.host, sip.port)
    for one in sip.listeners:
        if one.transport != "udp":
            yield "sip.listeners", (one.host, one.port)
    if settings.playback is not None:
        yield "playback", (settings.playback.host, settings.playback.port)


def _meet(mine: Place, other: Place) -> bool:
    hosts = (ip_address(mine[0]), ip_address(other[0]))
    is_same = hosts[0] == hosts[1] or any(host.is_unspecified for host in hosts)
    return is_same and mine[1] == other[1]
