"""Tests beside an imported plan: of each number, the ways that a call may take, told by the steps alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pbx.dialplan.numbers import full_number
from pbx.importers.house import House, Steps

MAX_OF_NUMBER = 8  # tests; a menu has ten keys, and a plan as many numbers as a house has
MAX_TESTS = 20_000
MAX_PATH = 40  # steps
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A working day by day and by night, and a weekend; holidays of the flow are tried besides.
TIMES = ("2026-06-01 10:30", "2026-06-01 20:30", "2026-06-06 11:30", "2026-06-07 03:30")
ANSWERS = {"answers": "2s"}
LONGEST_TEST_S = 600  # in a queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What people do on one way through a flow, and what comes of it."""

    path: tuple[str, ...] = ()
    replies: tuple[tuple[str, str], ...] = ()  # words of the question, and the key
    answered_by: str = ""
    message: str = ""
    answering: tuple[str, ...] = ()  # members of a queue: one of them does
    words: tuple[str, ...] = ()
    is_silent: bool = False  # a question was not answered: nothing more is pressed

    def at(self, step: str) -> "Way":
        """The way with one more step."""
        return replace(self, path=(*self.path, step))


@dataclass(slots=True, kw_only=True)
class Clock:
    """When a call is made, and to which number."""

    text: str
    called: str = ""  # in full
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.at = datetime.strptime(self.text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - by the clock of the tenant

    def way_of(self, step: Mapping[str, Any]) -> str:
        """The step that a `schedule` leads to."""
        schedule = step["schedule"]
        if f"{self.at:%m-%d}" in schedule.get("holidays", ()):
            return str(step.get("holiday", step["closed"]))
        for days, spans in schedule["hours"].items():
            first, _, last = days.partition("-")
            if DAYS.index(first) <= self.at.weekday() <= DAYS.index(last or first) and any(
                map(self._within, spans)
            ):
                return str(step["open"])
        return str(step["closed"])

    def _within(self, span: str) -> bool:
        begin, _, end = span.partition("-")
        return begin <= f"{self.at:%H:%M}" < end


def ways_tested(house: House, country: str) -> dict[str, dict[str, Any]]:
    """Return the tests by name."""
    tests: dict[str, dict[str, Any]] = {}
    trunk = next(iter(house.carriers), "")
    first = next(iter(sorted(house.devices)), "")
    for number, (kind, name) in house.inbound.items():
        called: dict[str, Any] = {"from": "withheld", "to": number} | ({"via": trunk} if trunk else {})
        if kind == "extension":
            expect = {"route": f"extension {name}", "rings": [int(name)], "answered_by": int(name)}
            tests[f"{number} rings {name}"] = {**called, "phones": {int(name): ANSWERS}, "expect": expect}
        elif trunk:
            _add(tests, (number, full_number(number, country) or ""), called, (house, name))
    for number, name in house.internal.items():
        if first:
            _add(tests, (number, ""), {"from": int(first), "to": int(number)}, (house, name))
    for caller, called_one in zip(sorted(house.devices), sorted(house.devices)[1:], strict=False):
        expect = {"route": f"extension {called_one}", "answered_by": int(called_one)}
        call = {
            "from": int(caller),
            "to": int(called_one),
            "phones": {int(called_one): ANSWERS},
            "expect": expect,
        }
        tests[f"{caller} calls {called_one}"] = call
    return dict(list(tests.items())[:MAX_TESTS])


def _add(
    tests: dict[str, dict[str, Any]], numbers: tuple[str, str], called: dict[str, Any], of: tuple[House, str]
) -> None:
    (house, name), (number, full) = of, numbers
    flow, seen = house.flows[name], set[tuple[Any, ...]]()
    holidays = [
        f"2026-{day} 10:30"
        for step in flow.steps.values()
        for day in step.get("schedule", {}).get("holidays", ())
    ]
    for text in (*TIMES, *holidays[:2]):
        for way in _ways(house, flow.steps, flow.start, Way(), Clock(text=text, called=full)):
            key = (way.path, way.replies, way.answered_by, way.answering)
            if key in seen or len(seen) >= MAX_OF_NUMBER:
                continue
            seen.add(key)
            title = ", ".join((number, text, *way.words))
            tests[title] = {**called, "at": text, **_written(way, name)}


def _written(way: Way, flow: str) -> dict[str, Any]:
    expect: dict[str, Any] = {"route": f"flow {flow}", "path": list(way.path)}
    if not way.answering:
        expect["answered_by"] = int(way.answered_by) if way.answered_by else "nobody"
    expect |= {"message": way.message} if way.message else {}
    written: dict[str, Any] = {}
    if way.replies:
        written["replies"] = [{"to": words, "press": key} for words, key in way.replies]
    answering = way.answering or ((way.answered_by,) if way.answered_by else ())
    if answering:
        written["phones"] = {int(one): ANSWERS for one in answering}
    return written | {"expect": expect}


def _ways(house: House, steps: Steps, name: str, way: Way, clock: Clock) -> Iterator[Way]:
    """Yield each way from a step on; a step that was there already ends the search, not the call."""
    if name in way.path or len(way.path) >= MAX_PATH:
        return
    step, way = steps[name], way.at(name)
    if "schedule" in step:
        yield from _ways(house, steps, clock.way_of(step), way, clock)
    elif "ring" in step:
        yield from _rung(house, steps, step, way, clock)
    elif "menu" in step:
        yield from _asked(house, steps, step, way, clock)
    elif step.get("match") == "called":
        there = next((one["then"] for one in step["cases"] if one["is"] == clock.called), step["otherwise"])
        yield from _ways(house, steps, there, way, clock)
    elif "directory" in step or "page" in step:  # nobody spells a name, and no telephone answers
        yield from _ways(house, steps, step["none"], replace(way, is_silent=True), clock)
    elif "queue" in step:
        yield from _waiting(house, steps, step, way, clock)
    elif "park" in step:
        yield from _ways(house, steps, step["back"], way, clock)
    elif "collect" in step or "match" in step:
        # Nothing is typed, so nothing is compared with it.
        silent = replace(way, is_silent=way.is_silent or "collect" in step)
        yield from _ways(house, steps, step["otherwise"], silent, clock)
    elif "say" in step:
        yield from _ways(house, steps, step["next"], way, clock)
    else:
        yield replace(way, message=step.get("voicemail", ""))


def _rung(house: House, steps: Steps, step: Mapping[str, Any], way: Way, clock: Clock) -> Iterator[Way]:
    targets = step["ring"] if isinstance(step["ring"], list) else [step["ring"]]
    kind, _, name = targets[0].partition("/")
    answering = name if kind == "extension" else house.groups[name][1][0]
    yield replace(way, answered_by=answering, words=(*way.words, f"{answering} answers"))
    nobody = replace(way, words=(*way.words, "nobody answers"))
    yield from _ways(house, steps, step["no_answer"], nobody, clock)


def _waiting(house: House, steps: Steps, step: Mapping[str, Any], way: Way, clock: Clock) -> Iterator[Way]:
    """A member answers, or nobody does in a time that a test may last."""
    queue = house.queues[step["queue"]]
    members = tuple(map(str, queue["members"]))
    yield replace(way, answering=members, words=(*way.words, "an agent answers"))
    if int(queue["max_wait"].removesuffix("s")) <= LONGEST_TEST_S:
        nobody = replace(way, words=(*way.words, "no agent answers"))
        yield from _ways(house, steps, step.get("timeout", step["otherwise"]), nobody, clock)


def _asked(house: House, steps: Steps, step: Mapping[str, Any], way: Way, clock: Clock) -> Iterator[Way]:
    if not way.is_silent:
        for key, there in step["keys"].items():
            reply = (step["menu"][:60].strip(), key)
            pressed = replace(way, replies=(*way.replies, reply), words=(*way.words, f"key {key}"))
            yield from _ways(house, steps, there, pressed, clock)
    silent = replace(way, is_silent=True, words=(*way.words, "no key"))
    yield from _ways(house, steps, step["otherwise"], silent, clock)
