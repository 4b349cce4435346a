"""What differs between two plans: what changes for whom, in the words of an admin."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from pbx.config.changes import RELOADED
from pbx.core.phone import full_number
from pbx.versions.change import LEADS_TO, Change
from pbx.versions.snapshot import Snapshot
from pbx.versions.values import HIDDEN, Path, flat, key_of, shown
from pbx.versions.written import Values, WrittenPlan, WrittenTenant

AT_START = "read at the next start"
# Sections of which each entry is somebody or something that an admin calls by its name.
_ENTRIES: Mapping[tuple[str, str], str] = {
    ("extensions", "extensions"): "extension",
    ("groups", "groups"): "group",
    ("lists", "lists"): "list",
    ("conferences", "conferences"): "conference",
    ("queues", "queues"): "queue",
    ("trunks", "trunks"): "trunk",
    ("trunks", "groups"): "group of trunks",
    ("emergency", "locations"): "location",
    ("access", "people"): "listener",
}
_SUBJECTS: Mapping[tuple[str, str], str] = {
    ("dialplan", "outbound"): "calls to the network",
    ("dialplan", "emergency"): "emergency calls",
    ("dialplan", "codes"): "codes",
    ("dialplan", "parking"): "parking",
}
_SECTIONS: Mapping[str, str] = {"dialplan": "dial plan", "tenant": "the tenant", "pbx": "the machine"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The same part of a plan before or after: checked values, and the words of the file for them."""

    values: Any
    words: Any

    def at(self, key: str) -> "_Side":
        """What is at a key of it; nothing when that is not there."""
        return _Side(values=_under(self.values, key), words=_under(self.words, key))


_Sides = tuple[_Side, _Side]


def differences(before: WrittenPlan, after: WrittenPlan) -> tuple[Change, ...]:
    """Return every difference: the machine first, then tenant by tenant in the order of their names."""
    machines = _pair(_Side(values=one.machine, words=one.machine_words) for one in (before, after))
    found = [replace(one, note=_when(one.what)) for one in _compared(("", "the machine"), machines)]
    for name in sorted({*before.tenants, *after.tenants}):
        old, new = before.tenants.get(name), after.tenants.get(name)
        if old is not None and new is not None:
            found += _of_tenant(name, old, new)
        else:
            found.append(Change(tenant=name, subject=f"tenant {name}", kind="gone" if new is None else "new"))
    return tuple(found)


def other_files(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Return which of the files that plans name are others now: prompts, customers, certificates."""
    found = []
    for path in sorted({*before.others, *after.others}):
        old, new = before.others.get(path), after.others.get(path)
        if old != new:
            tenant, _, rest = path.rpartition("/")[0].partition("/")
            kind = _kind(old, new)
            said = {"new": "", "gone": "", "changed": "another content"}[kind]
            found.append(Change(tenant=tenant, subject=f"file {path}", kind=kind, after=said))
    return tuple(found)


def _of_tenant(name: str, old: WrittenTenant, new: WrittenTenant) -> Iterator[Change]:
    yield from _numbers(name, old, new)
    for section in dict.fromkeys((*old.files, *new.files)):
        sides = _pair(
            _Side(values=one.files.get(section, {}), words=one.words.get(section, {})) for one in (old, new)
        )
        title = _SECTIONS.get(section, section)
        for key in dict.fromkeys((*sides[0].values, *sides[1].values)):
            inner = _pair(side.at(key) for side in sides)
            if (kind := _ENTRIES.get((section, key))) is not None:
                yield from _entries((name, kind), inner)
            elif (subject := _SUBJECTS.get((section, key))) is not None:
                yield from _compared((name, subject), inner)
            elif (section, key) != ("dialplan", "inbound"):
                yield from _compared((name, title), inner, (key,))
    yield from _flows(name, old, new)
    for language in sorted({*old.prompts, *new.prompts}):
        prompts = _pair(_plain(one.prompts.get(language, {})) for one in (old, new))
        yield from _compared((name, f"prompts {language}"), prompts)


def _numbers(name: str, old: WrittenTenant, new: WrittenTenant) -> Iterator[Change]:
    """Numbers by what they are, however they are spelled."""
    were, are = _inbound(old), _inbound(new)
    for number in sorted({*were, *are}):
        (written, before), (_, after) = were.get(number, ("", "")), are.get(number, ("", ""))
        if before != after:
            yield Change(
                tenant=name,
                subject=f"number {are.get(number, (written, ''))[0]}",
                kind=_kind(before or None, after or None),
                what=LEADS_TO if before and after else "",
                before=before if after else f"led to {before}",
                after=after if before else f"leads to {after}",
            )


def _inbound(tenant: WrittenTenant) -> dict[str, tuple[str, str]]:
    """How a number is written and where it leads, by the number in full."""
    inbound: Values = tenant.files.get("dialplan", {}).get("inbound", {})
    return {
        full_number(number, tenant.country) or number: (number, "; else ".join(map(_target, targets)))
        for number, targets in inbound.items()
    }


def _target(target: Values) -> str:
    """Where a call is led, in what language, and of which calls that is true."""
    words = [f"{kind} {target[kind]}" for kind in ("flow", "extension") if target.get(kind) is not None]
    rest = {
        key: it for key, it in target.items() if key not in ("flow", "extension", "when") and it is not None
    }
    words += [f"in {it}" if key == "language" else f"{key} {shown(it, (key,))}" for key, it in rest.items()]
    when = target.get("when")
    return " ".join(words) + (f" when {shown(when)}" if when else "")


def _entries(subject: tuple[str, str], sides: _Sides) -> Iterator[Change]:
    (tenant, kind), (old, new) = subject, sides
    for name in dict.fromkeys((*(old.values or {}), *(new.values or {}))):
        before, after = old.at(name), new.at(name)
        if before.values is not None and after.values is not None:
            yield from _compared((tenant, f"{kind} {name}"), (before, after))
        elif before.values != after.values:
            words = [_title(one) for one in (before, after)]
            yield Change(
                tenant=tenant,
                subject=f"{kind} {name}",
                kind=_kind(before.values, after.values),
                before=words[0],
                after=words[1],
            )


def _title(entry: _Side) -> str:
    """What an admin knows it by: its name, or what he wrote of it."""
    if isinstance(entry.values, Mapping) and isinstance(entry.values.get("name"), str):
        return str(entry.values["name"])
    return shown(entry.words) if entry.words else ""


def _flows(name: str, old: WrittenTenant, new: WrittenTenant) -> Iterator[Change]:
    for flow in sorted({*old.flows, *new.flows}):
        before, after = old.flows.get(flow), new.flows.get(flow)
        note = _callers(flow, new if after is not None else old)
        if before is None or after is None:
            kind = _kind(before, after)
            yield Change(tenant=name, subject=f"flow {flow}", kind=kind, note=note)
            continue
        found = _steps((name, flow), before, after)
        yield from (replace(one, note=note) for one in found)


def _steps(where: tuple[str, str], before: Values, after: Values) -> Iterator[Change]:
    tenant, flow = where
    sides = _pair(map(_plain, (before, after)))
    yield from _compared((tenant, f"flow {flow}"), _pair(side.at("start") for side in sides), ("start",))
    for step in dict.fromkeys((*before["steps"], *after["steps"])):
        if step in before["built"] and before["built"][step] == after["built"].get(step):
            continue
        steps = _pair(side.at("steps").at(step) for side in sides)
        subject = f"flow {flow}, step {step}"
        if all(one.values is not None for one in steps):
            yield from _compared((tenant, subject), steps)
        else:
            kind = _kind(steps[0].values, steps[1].values)
            was, now = (shown(one.values) if one.values else "" for one in steps)
            yield Change(tenant=tenant, subject=subject, kind=kind, before=was, after=now)


def _callers(flow: str, tenant: WrittenTenant) -> str:
    """Whose calls a flow takes."""
    inbound: Values = tenant.files.get("dialplan", {}).get("inbound", {})
    numbers = [
        number for number, targets in inbound.items() if any(one.get("flow") == flow for one in targets)
    ]
    if not numbers:
        return "no number leads there"
    more = f" and {len(numbers) - 3} more numbers" if len(numbers) > 3 else ""
    return f"callers of {', '.join(numbers[:3])}{more}"


def _compared(subject: tuple[str, str], sides: _Sides, path: Path = ()) -> Iterator[Change]:
    """Every value that is another one, lists of rules entry by entry."""
    old, new = sides
    were, are = dict(flat(old.values, path)), dict(flat(new.values, path))
    for where in dict.fromkeys((*were, *are)):
        before, after = were.get(where), are.get(where)
        if key_of(before) == key_of(after) or (not before and not after and before is not False is not after):
            continue
        if _are_rules(before, after):
            yield from _rules(subject, where, before or [], after or [])
            continue
        was, now = (_word(side, where, len(path), value) for side, value in ((old, before), (new, after)))
        hides = was == now  # what differs is in what is left out of both
        yield _made(subject, "changed", where, HIDDEN if hides else was, HIDDEN if hides else now)


def _are_rules(before: Any, after: Any) -> bool:
    return any(isinstance(one, list) and one and isinstance(one[0], Mapping) for one in (before, after))


def _rules(subject: tuple[str, str], where: Path, before: list[Any], after: list[Any]) -> Iterator[Change]:
    keys = [[key_of(one) for one in side] for side in (before, after)]
    for kind, i, j, k, n in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (_made(subject, "gone", where, shown(one, where), "") for one in before[i:j])
            yield from (_made(subject, "new", where, "", shown(one, where)) for one in after[k:n])


def _made(subject: tuple[str, str], kind: Any, where: Path, before: str, after: str) -> Change:
    tenant, whom = subject
    what = ".".join(where) or "it"
    return Change(tenant=tenant, subject=whom, kind=kind, what=what, before=before, after=after)


def _word(side: _Side, where: Path, n_outer: int, value: Any) -> str:
    """The words of the file for a value, else the value."""
    written = side.words
    for part in where[n_outer:]:
        written = _under(written, part)
    is_scalar = isinstance(written, str | int | float) and not isinstance(written, bool)
    return shown(written if is_scalar and value is not None else value, where)


def _under(value: Any, key: str) -> Any:
    if not isinstance(value, Mapping):
        return None
    return value[key] if key in value else next((it for name, it in value.items() if str(name) == key), None)


def _pair(sides: Iterable[_Side]) -> _Sides:
    old, new = sides
    return old, new


def _plain(values: Values) -> _Side:
    return _Side(values=values, words=values)


def _kind(before: Any, after: Any) -> Any:
    return "new" if before is None else "gone" if after is None else "changed"


def _when(what: str) -> str:
    section, _, key = what.partition(".")
    rule = RELOADED.get(section)
    is_at_once = rule is True or (isinstance(rule, set) and key.partition(".")[0] in rule)
    return "" if is_at_once else AT_START
