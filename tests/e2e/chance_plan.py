"""A plan of chance: telephones with habits, numbers, flows of most kinds of steps, and calls to be made."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import yaml

Habit = Literal["answers", "busy", "rings", "away"]
EXTENSIONS = [str(1001 + i) for i in range(10)]
CARRIER = "carrier"
LANGUAGE = "en-GB"
CALL_BACK = "01632 960100"  # where help rings back, in emergency.yaml of the sample
PURPOSES = ("quality",)  # its words are over well before a caller leaves who talks with somebody
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
N_FLOWS = 12
_KEYS = "123"
_CAUSES = ("normal", "busy", "not_found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One call to be made: `caller` is an extension or a number, `keys` one entry for each question."""

    caller: str
    called: str
    keys: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        """Whether one of our telephones calls."""
        return self.caller in EXTENSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChancePlan:
    """`habits` by extension, or `carrier`: what whoever is called does."""

    habits: dict[str, Habit]
    calls: tuple[Wanted, ...]


def write_plan(config: Path, chance: random.Random, carrier_port: int, n_calls: int) -> ChancePlan:
    """Write a plan over the copy of the sample, and return who does what and who shall call."""
    acme = config / "acme"
    habits = _habits(chance)
    groups = {f"team{i}": _team(chance, habits) for i in range(4)}
    flows = {f"flow{i}": _flow(chance, groups, habits) for i in range(N_FLOWS)}
    for name in ("support", "echo"):
        (acme / "flows" / f"{name}.yaml").unlink()
    for file in (acme / "tests").glob("*.yaml"):
        file.unlink()
    for name, steps in flows.items():
        _dump(acme / "flows" / f"{name}.yaml", {"flow": name, "start": "s0", "steps": steps})
    calls = tuple(_calls(chance, n_calls))
    targets: list[dict[str, str | int]] = [{"flow": name} for name in flows for _ in range(3)]
    targets += [{"extension": int(one)} for one in EXTENSIONS]
    inbound = {
        one.called: chance.choice(targets)
        for one in calls
        if not one.is_ours and one.called.startswith("0163")
    }
    _dump(
        acme / "dialplan.yaml",
        {
            "inbound": inbound | {one: {"flow": "flow0"} for one in ("01632 960001", CALL_BACK)},
            "outbound": {"trunk": CARRIER, "prefix": "9"},
            "emergency": {"trunk": CARRIER},
        },
    )
    _dump(acme / "extensions.yaml", {"extensions": {int(one): {"name": f"Desk {one}"} for one in EXTENSIONS}})
    members = {name: {"name": name, "members": list(map(int, one))} for name, one in groups.items()}
    _dump(acme / "groups.yaml", {"groups": members})
    (acme / "lists.yaml").unlink()
    trunks = acme / "trunks.yaml"
    trunks.write_text(trunks.read_text().replace("port: 5070", f"port: {carrier_port}"))
    informed = chance.sample(EXTENSIONS, 8)
    consent = yaml.safe_load((acme / "consent.yaml").read_text())
    consent["purposes"] = [*PURPOSES]
    consent["staff_notice"]["acknowledged"] = sorted(map(int, informed))
    _dump(acme / "consent.yaml", consent)
    _dump(acme / "recording.yaml", {"mode": chance.choice(("flow", "flow", "always", "off"))})
    machine = yaml.safe_load((config / "pbx.yaml").read_text())
    machine["rtp"]["timeout"] = "10 min"  # SIPp sends no audio
    _dump(config / "pbx.yaml", machine)
    return ChancePlan(habits=habits, calls=calls)


def _habits(chance: random.Random) -> dict[str, Habit]:
    often: dict[Habit, int] = {"answers": 4, "busy": 2, "rings": 2, "away": 2}
    kinds = [habit for habit, n in often.items() for _ in range(n)]
    chance.shuffle(kinds)
    carrier: Habit = chance.choice(("answers", "answers", "busy"))
    return {**dict(zip(EXTENSIONS, kinds, strict=True)), CARRIER: carrier}


def _team(chance: random.Random, habits: dict[str, Habit]) -> list[str]:
    """One to three telephones of which one at most answers: which of two is first would be chance again."""
    members = chance.sample(EXTENSIONS, chance.randint(1, 4))
    answering = [one for one in members if habits[one] == "answers"]
    return [one for one in members if one not in answering[1:]]


def _flow(
    chance: random.Random, groups: dict[str, list[str]], habits: dict[str, Habit]
) -> dict[str, dict[str, Any]]:
    """Steps that lead forward only; the last ones end the call."""
    n_steps = chance.randint(3, 8)
    names = [f"s{i}" for i in range(n_steps)]
    steps: dict[str, dict[str, Any]] = {}
    for i, name in enumerate(names):
        later = names[i + 1 :]
        if i < n_steps - 2:
            steps[name] = _passing(chance, name, later, groups, habits)
        else:
            steps[name] = _last(chance, groups)
    return steps


def _passing(
    chance: random.Random,
    name: str,
    later: list[str],
    groups: dict[str, list[str]],
    habits: dict[str, Habit],
) -> dict[str, Any]:
    def further() -> str:
        return chance.choice(later[:3])

    kind = chance.choice(("say", "menu", "menu", "collect", "schedule", "consent", "ring", "ring", "match"))
    match kind:
        case "say":
            return {"say": f"This is {name}.", "next": further()}
        case "menu":
            keys = {key: further() for key in _KEYS[: chance.randint(1, 3)]}
            asked: dict[str, Any] = {"menu": f"Choose at {name}.", "keys": keys, "otherwise": further()}
            return {**asked, "invalid": "No.", "attempts": chance.randint(1, 2), "timeout": "4s"}
        case "collect":
            entry: dict[str, Any] = {"collect": f"Enter at {name}.", "into": "entry", "secret": False}
            ends = {"next": further(), "otherwise": further(), "invalid": "No.", "attempts": 1}
            return {**entry, "max_digits": 1, **ends, "timeout": "4s"}
        case "schedule":
            return _hours(chance, further(), further(), further())
        case "consent":
            purposes = [*PURPOSES]
            return {"recording_consent": {"purposes": purposes}, "granted": further(), "declined": further()}
        case "ring":
            return {**_ring(chance, groups, habits), "no_answer": further(), "busy": further()}
        case _:
            abroad = {"begins": ["+49", "+1"], "then": further()}
            return {"match": "caller", "cases": [abroad], "otherwise": further()}


def _ring(chance: random.Random, groups: dict[str, list[str]], habits: dict[str, Habit]) -> dict[str, Any]:
    """A group, a telephone, or both where no more than one of them answers."""
    group = chance.choice(sorted(groups))
    targets = [f"group/{group}"]
    extra = chance.choice(EXTENSIONS)
    if habits[extra] != "answers" and chance.random() < 0.4:
        targets.append(f"extension/{extra}")
    elif chance.random() < 0.3:
        targets = [f"extension/{chance.choice(EXTENSIONS)}"]
    return {"ring": targets, "for": chance.choice(("3s", "9s"))}


def _last(chance: random.Random, groups: dict[str, list[str]]) -> dict[str, Any]:
    match chance.choice(("voicemail", "hang_up", "echo", "milliwatt")):
        case "voicemail":
            box = chance.choice(sorted(groups))
            return {"voicemail": box, "greeting": "Speak now.", "max_silence": "25s"}
        case "hang_up":
            return {"hang_up": chance.choice((None, "Goodbye."))}
        case "echo":
            return {"echo": None}
        case _:
            return {"milliwatt": "2s"}


def _hours(chance: random.Random, is_open: str, closed: str, holiday: str) -> dict[str, Any]:
    """Open, closed or a holiday today, whenever the test runs, also over midnight."""
    now = datetime.now(UTC)
    far = DAYS[(now.weekday() + 3) % 7]
    hours = chance.choice(({"mon-sun": ["00:00-24:00"]}, {far: ["09:00-17:00"]}))
    days = [f"{now + timedelta(days=n):%m-%d}" for n in (-1, 0, 1)]
    schedule: dict[str, Any] = {"hours": hours}
    if chance.random() < 0.3:
        schedule["holidays"] = days
    return {"schedule": schedule, "open": is_open, "closed": closed, "holiday": holiday}


def _calls(chance: random.Random, n_calls: int) -> Iterator[Wanted]:
    """Each with a caller and a number that no other one has together: its record is found by them."""
    seen: set[tuple[str, str]] = set()
    for i in range(n_calls):
        keys = tuple(chance.choice(_KEYS + "9") for _ in range(chance.randint(0, 4)))
        if chance.random() < 0.25:
            one = Wanted(caller=chance.choice(EXTENSIONS), called=_inside(chance, i), keys=())
            if (one.caller, one.called) in seen or one.caller == one.called:
                one = Wanted(caller=one.caller, called=f"9077009{i:05}", keys=())
        else:
            called = f"01632 96{1000 + i:04}" if chance.random() < 0.95 else f"020 7946 {i:04}"
            one = Wanted(caller=_outside(chance, i), called=called.replace(" ", ""), keys=keys)
        seen.add((one.caller, one.called))
        yield one


def _inside(chance: random.Random, i: int) -> str:
    return chance.choice((*EXTENSIONS, "01632960001", f"9077009{i:05}", "999", "4711"))


def _outside(chance: random.Random, i: int) -> str:
    beginning = chance.choice(("+447700900", "+447700900", "+493023125", "+33199001", "+120255501"))
    return f"{beginning}{i:03}" if beginning != "+120255501" else f"{beginning}{i % 100:02}"


def _dump(file: Path, written: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump(written, sort_keys=False, allow_unicode=True))
