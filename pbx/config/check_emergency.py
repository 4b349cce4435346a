"""Every telephone reaches help, and help finds it (CF-42): a plan in which it does not is refused."""

from collections.abc import Iterator
from ipaddress import ip_network

from pbx.config.marks import Path
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.emergency import known_numbers
from pbx.dialplan.numbers import full_number

FILE = "emergency.yaml"
REMEDY = "give it `location: NAME`, or emergency.yaml a `default_location` that is true of all who have none"
ADDRESS = "write emergency.yaml with `locations:` and the address of each, see docs/emergency.md"


def check_emergency(source: TenantSource) -> list[ConfigError]:
    """Return telephones without a location, locations without a way out, and numbers that help has."""
    return [
        *_shadowed(source),
        *_test(source),
        *_without_location(source),
        *_default(source),
        *_desk(source),
        *_calls_back(source),
        *_trunks(source),
        *_networks(source),
    ]


def numbers_of(source: TenantSource) -> tuple[str, ...]:
    """The emergency numbers of all countries that telephones of the tenant are in."""
    home = (source.settings.model.country,) if source.settings is not None else ()
    locations = source.emergency.model.locations.values() if source.emergency is not None else ()
    return known_numbers((*home, *(one.country for one in locations if one.country is not None)))


def _shadowed(source: TenantSource) -> list[ConfigError]:
    """Emergency numbers are looked at first, so an extension of that name could never be dialled."""
    if source.extensions is None or source.settings is None:
        return []
    outbound = source.dialplan.model.outbound if source.dialplan is not None else None
    prefix = outbound.prefix if outbound is not None else ""
    numbers = numbers_of(source)
    taken = {*numbers, *(prefix + number for number in numbers)}
    document = source.extensions.document
    return [
        document.key_error(("extensions", number), f"{number} is an emergency number and comes first")
        for number in _written(source)
        if number in taken
    ]


def _test(source: TenantSource) -> Iterator[ConfigError]:
    """The number of tests is nobody else's; a call for help goes before it."""
    if source.emergency is None or source.emergency.model.test is None:
        return
    number = source.emergency.model.test.number
    what = "an emergency number" if number in numbers_of(source) else ""
    what = what or ("an extension" if number in _written(source) else "")
    rooms = source.conferences.model.conferences if source.conferences is not None else {}
    what = what or next(
        (f"the conference {name}" for name, room in rooms.items() if room.number == number), ""
    )
    lot = source.dialplan.model.parking if source.dialplan is not None else None
    what = what or ("a parking slot" if lot is not None and number in (lot.number, *lot.slots) else "")
    if what:
        yield source.emergency.document.error(("test", "number"), f"{number} is {what} already")


def _without_location(source: TenantSource) -> Iterator[ConfigError]:
    """One line for a tenant who has thought of none; else one for each telephone."""
    if source.extensions is None or (source.emergency is None and FILE in source.broken):
        return
    document, known = source.extensions.document, _names(source)
    written = source.extensions.model.extensions
    for number, one in written.items():
        path: Path = ("extensions", number, "location")
        if one.location is not None and one.location not in known:
            hint = did_you_mean(one.location, known) or (ADDRESS if not known else "")
            yield document.error(path, f"there is no location {one.location}", hint)
    if source.emergency is None:
        if bare := [number for number, one in written.items() if one.location is None]:
            said = "has no location" if len(bare) == 1 else f"and {len(bare) - 1} more have no location"
            yield document.key_error(
                ("extensions", bare[0]), f"{bare[0]} {said}: help would not know where to go", ADDRESS
            )
        return
    if source.emergency.document.value.get("default_location") is None:
        for number, one in written.items():
            if one.location is None:
                said = f"{number} has no location: help would not know where to go"
                yield document.key_error(("extensions", number), said, REMEDY)


def _default(source: TenantSource) -> list[ConfigError]:
    if source.emergency is None:
        return []
    document, name = source.emergency.document, source.emergency.model.default_location
    if name is None or name in _names(source):
        return []
    hint = did_you_mean(name, _names(source))
    return [document.error(("default_location",), f"there is no location {name}", hint)]


def _desk(source: TenantSource) -> Iterator[ConfigError]:
    if source.emergency is None or source.emergency.model.desk is None or source.extensions is None:
        return
    known = _written(source)
    for i, number in enumerate(source.emergency.model.desk.extensions):
        if number not in known:
            said, hint = f"there is no extension {number}", did_you_mean(number, known)
            yield source.emergency.document.error(("desk", "extensions", i), said, hint)


def _calls_back(source: TenantSource) -> Iterator[ConfigError]:
    """The number that help calls back has to be a number, and one that rings here."""
    if source.emergency is None or source.settings is None:
        return
    country, document = source.settings.model.country, source.emergency.document
    inbound = source.dialplan.model.inbound if source.dialplan is not None else {}
    ours = {full_number(number, country) for number in inbound}
    for name, one in source.emergency.model.locations.items():
        path: Path = ("locations", name, "call_back")
        number = full_number(one.call_back, country) if one.call_back is not None else None
        if one.call_back is not None and number is None:
            yield document.error(path, f"{one.call_back} is not a telephone number")
        elif number is not None and number not in ours and "dialplan.yaml" not in source.broken:
            hint = "help that is cut off calls it: name it under inbound in dialplan.yaml"
            yield document.error(path, f"{one.call_back} leads nowhere", hint)


def _trunks(source: TenantSource) -> Iterator[ConfigError]:
    """A location abroad may leave by a carrier of its own: the other one's help is in another country."""
    if source.emergency is None or (source.trunks is None and "trunks.yaml" in source.broken):
        return
    document = source.emergency.document
    trunks, groups = _carriers(source, "trunks"), _carriers(source, "groups")
    for name, one in source.emergency.model.locations.items():
        path: Path = ("locations", name, "trunk")
        if one.trunk is None or one.trunk in groups:
            continue
        if one.trunk not in trunks:
            hint = did_you_mean(one.trunk, (*trunks, *groups))
            yield document.error(path, f"there is no trunk {one.trunk}", hint)
        elif "trunks.yaml" not in source.broken and not trunks[one.trunk].get("outbound"):
            yield document.error(path, f"the trunk {one.trunk} has no outbound address")


def _carriers(source: TenantSource, key: str) -> dict[str, dict[str, object]]:
    """Trunks or groups of them as they are written."""
    value = source.trunks.document.value.get(key) if source.trunks is not None else None
    return value if isinstance(value, dict) else {}


def _networks(source: TenantSource) -> Iterator[ConfigError]:
    """A network is in one place."""
    if source.emergency is None:
        return
    seen: dict[object, str] = {}
    for name, one in source.emergency.model.locations.items():
        for i, net in enumerate(one.networks):
            other = seen.setdefault(ip_network(net), name)
            if other != name:
                said = f"{net} is at {other} already"
                yield source.emergency.document.error(("locations", name, "networks", i), said)


def _written(source: TenantSource) -> list[str]:
    """Extensions as they are written: one with a mistake in it is still there."""
    value = source.extensions.document.value.get("extensions") if source.extensions is not None else None
    return list(value) if isinstance(value, dict) else []


def _names(source: TenantSource) -> list[str]:
    """Locations as they are written."""
    value = source.emergency.document.value.get("locations") if source.emergency is not None else None
    return list(value) if isinstance(value, dict) else []


def unspoken_tests(sources: list[TenantSource], engine: str) -> list[ConfigError]:
    """Return a warning for each number of tests that nobody can answer: no address has a recording."""
    said, hint = "nobody can say the addresses", "set speech.engine in pbx.yaml, or take it out"
    return [
        source.emergency.document.key_error(("test",), said, hint)
        for source in sources
        if engine == "none" and source.emergency is not None and source.emergency.model.test is not None
    ]
