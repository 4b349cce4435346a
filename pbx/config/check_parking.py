"""The numbers of a parking lot are nobody else's, and what it names exists."""

from pbx.config.check_emergency import numbers_of
from pbx.config.music import HOLD
from pbx.config.parking import WrittenParking
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.emergency import emergency_number
from pbx.ivr.waiting import Park


def check_parking(source: TenantSource) -> list[ConfigError]:
    """Return numbers that lead elsewhere already, unknown music, and a destination that nobody is."""
    lot = source.dialplan.model.parking if source.dialplan is not None else None
    if lot is None:
        return [] if source.dialplan is None else _check_steps(source, ())
    return [
        *_check_steps(source, lot.slots),
        *_check_numbers(source, lot),
        *_check_music(source, lot),
        *_check_otherwise(source, lot),
    ]


def _check_steps(source: TenantSource, slots: tuple[str, ...]) -> list[ConfigError]:
    """What flows park by: a slot that there is not, or no lot at all (`slots` empty)."""
    return [
        flow.file.document.error(
            ("steps", name, "park"),
            f"there is no slot {step.slot}" if slots else "there is no parking lot",
            did_you_mean(step.slot, slots) if slots else "write parking: {} in dialplan.yaml",
        )
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, Park) and (not slots or (step.slot and step.slot not in slots))
    ]


def _check_numbers(source: TenantSource, lot: WrittenParking) -> list[ConfigError]:
    assert source.dialplan is not None, "the lot is written there"
    document = source.dialplan.document
    numbers = [("number", lot.number), *(("slots", slot) for slot in lot.slots)]
    return [
        document.error(("parking", key), f"{number} is {what} already")
        for key, number in numbers
        if (what := _taken(source, number))
    ]


def _taken(source: TenantSource, number: str) -> str:
    """What a number is for, "" = nothing."""
    outbound = source.dialplan.model.outbound if source.dialplan is not None else None
    if emergency_number(number, numbers_of(source), outbound.prefix if outbound is not None else ""):
        return "an emergency number"
    if source.extensions is not None and number in source.extensions.model.extensions:
        return "an extension"
    rooms = source.conferences.model.conferences if source.conferences is not None else {}
    return next((f"the conference {name}" for name, room in rooms.items() if room.number == number), "")


def _check_music(source: TenantSource, lot: WrittenParking) -> list[ConfigError]:
    classes = {HOLD, *(source.settings.model.music if source.settings is not None else ())}
    if source.settings is None or source.dialplan is None or lot.music in classes:
        return []
    message = f"there is no class of music {lot.music}"
    return [source.dialplan.document.error(("parking", "music"), message, did_you_mean(lot.music, classes))]


def _check_otherwise(source: TenantSource, lot: WrittenParking) -> list[ConfigError]:
    is_known = source.extensions is not None and "groups.yaml" not in source.broken
    if lot.otherwise is None or source.dialplan is None or source.extensions is None or not is_known:
        return []
    groups = source.groups.model.groups if source.groups is not None else {}
    known = [f"extension/{number}" for number in source.extensions.model.extensions]
    known += [f"group/{name}" for name in groups]
    if lot.otherwise in known:
        return []
    message, hint = f"there is no {lot.otherwise}", did_you_mean(lot.otherwise, known)
    return [source.dialplan.document.error(("parking", "otherwise"), message, hint)]
