"""Every room can be reached, and what it plays exists."""

from pbx.config.check_emergency import numbers_of
from pbx.config.music import HOLD
from pbx.config.read import did_you_mean
from pbx.config.sources import FlowSource, TenantSource
from pbx.core.errors import ConfigError
from pbx.ivr.steps import Conference


def check_conferences(source: TenantSource) -> list[ConfigError]:
    """Return numbers that lead elsewhere already, unknown music, and steps without a room."""
    flows = (*source.flows, *source.broken_flows)
    return [
        *_check_numbers(source),
        *_check_music(source),
        *(problem for flow in flows for problem in _check_steps(source, flow)),
    ]


def _check_numbers(source: TenantSource) -> list[ConfigError]:
    if source.conferences is None:
        return []
    document = source.conferences.document
    taken = _taken(source)
    problems: list[ConfigError] = []
    for name, room in source.conferences.model.conferences.items():
        path = ("conferences", name, "number")
        if room.number is None:
            continue
        if room.number in taken:
            problems.append(document.error(path, f"{room.number} is {taken[room.number]} already"))
        taken.setdefault(room.number, f"the conference {name}")
    return problems


def _taken(source: TenantSource) -> dict[str, str]:
    taken: dict[str, str] = dict.fromkeys(numbers_of(source), "an emergency number")
    if source.extensions is not None:
        taken |= dict.fromkeys(source.extensions.model.extensions, "an extension")
    return taken


def _check_music(source: TenantSource) -> list[ConfigError]:
    if source.conferences is None or source.settings is None:
        return []
    document, classes = source.conferences.document, {HOLD, *source.settings.model.music}
    return [
        document.error(
            ("conferences", name, "music"),
            f"there is no class of music {room.music}",
            did_you_mean(room.music, classes),
        )
        for name, room in source.conferences.model.conferences.items()
        if room.music not in classes
    ]


def _check_steps(source: TenantSource, flow: FlowSource) -> list[ConfigError]:
    if source.conferences is None and "conferences.yaml" in source.broken:
        return []
    written = source.conferences.document.value.get("conferences") if source.conferences is not None else None
    rooms = list(written) if isinstance(written, dict) else []
    return [
        flow.file.document.error(
            ("steps", name, "conference"),
            f"there is no conference {step.conference}",
            did_you_mean(step.conference, rooms) or "rooms are listed in conferences.yaml",
        )
        for name, step in flow.plan.steps.items()
        if isinstance(step, Conference) and step.conference not in rooms
    ]
