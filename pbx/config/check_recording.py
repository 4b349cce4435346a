"""Recording rules name what exists, and each of them can be reached."""

from collections.abc import Collection, Iterable

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.config.recorders import check_recorders
from pbx.config.recording import RecordingSettings, WrittenRule, build_rules
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.numbers import full_number
from pbx.recording.rules import shadowed

Problems = list[ConfigError]
_KEYS = ("extension", "group", "queue", "trunk", "conference")
_OF_CALLS = ("direction", "number", "group", "queue")  # of which a room has none


def check_recording(source: TenantSource) -> Problems:
    """Return the names in the rules that nothing has, and numbers that are none."""
    if source.recording is None:
        return []
    document = source.recording.document
    problems = check_recorders(document, source.recording.model.siprec)
    known = _names(source, "extension")
    for i, number in enumerate(source.recording.model.private if known is not None else ()):
        if number not in (known or ()):
            hint = did_you_mean(number, known or ())
            problems.append(document.error(("private", i), f"there is no extension {number}", hint))
    for i, rule in enumerate(source.recording.model.rules):
        for key in _KEYS:
            problems += _unknown(document, (i, key), getattr(rule, key) or (), _names(source, key))
        if source.settings is not None:
            problems += _unreadable(document, i, rule, source.settings.model.country)
    return problems


def unreached(source: TenantSource) -> Problems:
    """Return a warning for every rule that can never decide anything."""
    if source.recording is None or source.settings is None:
        return []
    document, settings = source.recording.document, source.recording.model
    country = source.settings.model.country
    rules = build_rules(settings, country, document).rules
    told = {
        i: f"this rule never decides: all of its calls are those of the rule at {rules[first].place}"
        for i, first in shadowed(rules)
    }
    told |= _numberless(source, settings, country) | _roomless(settings) | _private(settings)
    return [document.error(("rules", i), message) for i, message in told.items()]


def _numberless(source: TenantSource, settings: RecordingSettings, country: str) -> dict[int, str]:
    inbound = source.dialplan.model.inbound if source.dialplan is not None else {}
    ours = {full_number(number, country) for number in inbound}
    told: dict[int, str] = {}
    for i, rule in enumerate(settings.rules):
        wanted = {full_number(number, country) for number in rule.number or ()}
        if wanted and set(rule.direction or ()) == {"internal"}:
            told[i] = "this rule never decides: an internal call has no number"
        elif wanted and set(rule.direction or ()) == {"in"} and not wanted & ours:
            told[i] = "this rule never decides: dialplan.yaml has none of its numbers"
    return told


def _roomless(settings: RecordingSettings) -> dict[int, str]:
    told: dict[int, str] = {}
    for i, rule in enumerate(settings.rules):
        other = next((key for key in _OF_CALLS if getattr(rule, key)), None)
        if rule.conference and other is not None:
            told[i] = f"this rule never decides: a conference has no {other}"
    return told


def _private(settings: RecordingSettings) -> dict[int, str]:
    return {
        i: "this rule never decides: each of its extensions is a private line"
        for i, rule in enumerate(settings.rules)
        if rule.extension and set(rule.extension) <= set(settings.private)
    }


def _unreadable(document: Document, index: int, rule: WrittenRule, country: str) -> Problems:
    return [
        document.error(_value(document, index, "number", n), f"{number} is not a telephone number")
        for n, number in enumerate(rule.number or ())
        if full_number(number, country) is None
    ]


def _unknown(
    document: Document, at: tuple[int, str], values: Iterable[str], known: Collection[str] | None
) -> Problems:
    if known is None:
        return []
    return [
        document.error(_value(document, *at, n), f"there is no {at[1]} {value}", did_you_mean(value, known))
        for n, value in enumerate(values)
        if value not in known
    ]


def _value(document: Document, index: int, key: str, n: int) -> MarkPath:
    """Where a value stands: one that stands alone need not be written as a list."""
    listed: MarkPath = ("rules", index, key, n)
    return listed if listed in document.marks else listed[:-1]


def _names(source: TenantSource, key: str) -> Collection[str] | None:
    """The names there are, None = not known for mistakes in their file."""
    files = {
        "extension": source.extensions,
        "group": source.groups,
        "queue": source.queues,
        "trunk": source.trunks,
        "conference": source.conferences,
    }
    file = files[key]
    written = file.document.value.get(f"{key}s") if file is not None else None
    if isinstance(written, dict):
        return list(written)
    return None if f"{key}s.yaml" in source.broken else ()
