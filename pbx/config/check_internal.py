"""Internal numbers are nobody else's, and the flows that they lead to exist."""

from pbx.config.check_emergency import numbers_of
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError


def check_internal(source: TenantSource) -> list[ConfigError]:
    """Return numbers that lead elsewhere already, and flows that are not there."""
    if source.dialplan is None:
        return []
    document, taken = source.dialplan.document, _taken(source)
    problems: list[ConfigError] = []
    for number, one in source.dialplan.model.internal.items():
        path = ("internal", number)
        if number in taken:
            problems.append(document.key_error(path, f"{number} is {taken[number]} already"))
        if one.flow not in source.flow_names:
            hint = did_you_mean(one.flow, source.flow_names)
            problems.append(document.error((*path, "flow"), f"there is no flow {one.flow}", hint))
    return problems


def _taken(source: TenantSource) -> dict[str, str]:
    """What numbers are for that come before these in a dial plan, or that nobody else may have."""
    taken: dict[str, str] = {}
    assert source.dialplan is not None, "the numbers stand there"
    plan = source.dialplan.model
    if plan.parking is not None:
        taken |= dict.fromkeys((plan.parking.number, *plan.parking.slots), "of the parking lot")
    rooms = source.conferences.model.conferences if source.conferences is not None else {}
    taken |= {room.number: f"the conference {name}" for name, room in rooms.items() if room.number}
    if source.extensions is not None:
        taken |= dict.fromkeys(source.extensions.model.extensions, "an extension")
    if source.emergency is not None and source.emergency.model.test is not None:
        taken[source.emergency.model.test.number] = "the number that tries what help is told"
    prefix = plan.outbound.prefix if plan.outbound is not None else ""
    numbers = numbers_of(source)
    return taken | dict.fromkeys((*numbers, *(prefix + one for one in numbers)), "an emergency number")
