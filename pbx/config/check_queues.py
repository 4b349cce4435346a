"""Every queue has people, its number is nobody else's, and what it names exists."""

from collections.abc import Iterator

from pbx.config.marks import Path
from pbx.config.music import HOLD
from pbx.config.queues import WrittenQueue
from pbx.config.read import did_you_mean
from pbx.config.sources import FlowSource, TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.emergency import emergency_numbers
from pbx.ivr.steps import Queue


def check_queues(source: TenantSource) -> list[ConfigError]:
    """Return numbers that lead elsewhere already, names of nobody and nothing, and steps without a queue."""
    flows = (*source.flows, *source.broken_flows)
    return [
        *_check_numbers(source),
        *(problem for name, one in _queues(source).items() for problem in _check_queue(source, name, one)),
        *(problem for flow in flows for problem in _check_steps(source, flow)),
    ]


def exits_without_key(source: TenantSource) -> list[ConfigError]:
    """Return the steps with a way for a key that the queue has not."""
    queues = _queues(source)
    return [
        flow.file.document.error(
            ("steps", name, "exit"),
            f"no key leads there: the queue {step.queue} has no exit_key",
            "write exit_key in queues.yaml",
        )
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, Queue) and step.exit is not None and step.queue in queues
        if queues[step.queue].exit_key is None
    ]


def _queues(source: TenantSource) -> dict[str, WrittenQueue]:
    return dict(source.queues.model.queues) if source.queues is not None else {}


def _check_numbers(source: TenantSource) -> list[ConfigError]:
    if source.queues is None:
        return []
    document, taken = source.queues.document, _taken(source)
    problems: list[ConfigError] = []
    for name, queue in _queues(source).items():
        if queue.number is None:
            continue
        if queue.number in taken:
            path = ("queues", name, "number")
            problems.append(document.error(path, f"{queue.number} is {taken[queue.number]} already"))
        taken.setdefault(queue.number, f"the queue {name}")
    return problems


def _taken(source: TenantSource) -> dict[str, str]:
    """What numbers are for."""
    taken: dict[str, str] = {}
    if source.settings is not None:
        taken |= dict.fromkeys(emergency_numbers(source.settings.model.country), "an emergency number")
    if source.extensions is not None:
        taken |= dict.fromkeys(source.extensions.model.extensions, "an extension")
    rooms = source.conferences.model.conferences if source.conferences is not None else {}
    taken |= {room.number: f"the conference {name}" for name, room in rooms.items() if room.number}
    lot = source.dialplan.model.parking if source.dialplan is not None else None
    if lot is not None:
        taken |= dict.fromkeys((lot.number, *lot.slots), "of the parking lot")
    return taken


def _check_queue(source: TenantSource, name: str, queue: WrittenQueue) -> Iterator[ConfigError]:
    assert source.queues is not None, "the queue stands in it"
    document = source.queues.document
    known = _extensions(source)
    if known is not None:
        for i, member in enumerate(queue.members):
            if member not in known:
                hint = did_you_mean(member, known)
                yield document.error(("queues", name, "members", i), f"there is no extension {member}", hint)
    if source.settings is not None:
        classes = {HOLD, *source.settings.model.music}
        if queue.music not in classes:
            hint = did_you_mean(queue.music, classes)
            yield document.error(("queues", name, "music"), f"there is no class of music {queue.music}", hint)
    yield from _check_otherwise(source, name, queue)


def _check_otherwise(source: TenantSource, name: str, queue: WrittenQueue) -> Iterator[ConfigError]:
    assert source.queues is not None, "the queue stands in it"
    extensions = _extensions(source)
    if queue.otherwise is None or extensions is None or "groups.yaml" in source.broken:
        return
    groups = source.groups.model.groups if source.groups is not None else {}
    boxes = (*extensions, *groups)
    known = [f"extension/{number}" for number in extensions]
    known += [f"group/{group}" for group in groups] + [f"voicemail/{box}" for box in boxes]
    known += [f"queue/{other}" for other in _queues(source) if other != name]
    if queue.otherwise not in known:
        hint = did_you_mean(queue.otherwise, known)
        yield source.queues.document.error(
            ("queues", name, "otherwise"), f"there is no {queue.otherwise}", hint
        )


def check_target(source: TenantSource, path: Path, queue: str | None) -> list[ConfigError]:
    """Return that a number of the dial plan leads to a queue that is none."""
    names = _names(source)
    if queue is None or names is None or queue in names or source.dialplan is None:
        return []
    hint = did_you_mean(queue, names) or "queues are listed in queues.yaml"
    return [source.dialplan.document.error(path, f"there is no queue {queue}", hint)]


def _check_steps(source: TenantSource, flow: FlowSource) -> list[ConfigError]:
    queues = _names(source)
    if queues is None:
        return []
    return [
        flow.file.document.error(
            ("steps", name, "queue"),
            f"there is no queue {step.queue}",
            did_you_mean(step.queue, queues) or "queues are listed in queues.yaml",
        )
        for name, step in flow.plan.steps.items()
        if isinstance(step, Queue) and step.queue not in queues
    ]


def _names(source: TenantSource) -> list[str] | None:
    """The queues there are, None = not known for mistakes in their file."""
    if source.queues is None and "queues.yaml" in source.broken:
        return None
    written = source.queues.document.value.get("queues") if source.queues is not None else None
    return list(written) if isinstance(written, dict) else []


def _extensions(source: TenantSource) -> list[str] | None:
    """The telephones as they are written: one with a mistake in it is still there; None = not known."""
    written = source.extensions.document.value.get("extensions") if source.extensions is not None else None
    return list(written) if isinstance(written, dict) else None
