"""Destinations of FreePBX, such as `ivr-1,s,1`, and the steps that they become."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pbx.importers.house import House, Steps
from pbx.importers.names import name_of, new_name
from pbx.importers.report import Report
from pbx.importers.sounds import sentence_of
from pbx.importers.sql_dump import Row, Tables
from pbx.importers.times import DAYS, days_of_year, hours_of, joined_days
from pbx.importers.walk import MAX_STEPS, joined

LONGEST_S = 180
ALWAYS = {"mon-sun": ["00:00-24:00"]}
_ENDINGS = {"busy": "busy", "congestion": "congestion"}
_BOX = re.compile(r"vm[busi]?(\d+)")
_KEY = re.compile(r"[0-9*#]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Our group, or queue, by the number of theirs."""

    groups: Mapping[str, str]
    queues: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Destinations:
    """The steps of one flow; the same destination is one step."""

    tables: Tables
    house: House
    report: Report
    ours: Ours
    steps: Steps = field(default_factory=dict)
    _memo: dict[str, str] = field(default_factory=dict)

    def flow(self, text: str, place: str) -> tuple[str, Steps]:
        """Return the first step of a destination, and all of them."""
        return joined(self.step(text, place), self.steps)

    def step(self, text: str, place: str) -> str:
        """Return the step of a destination; one that is not carried over ends the call."""
        if text in self._memo:
            return self._memo[text]
        kind, _, rest = text.partition(",")
        number = rest.partition(",")[0]
        if not text or len(self.steps) >= MAX_STEPS - 2:
            return self._end()
        for beginning, handler in _KINDS.items():
            if kind == beginning or (beginning.endswith("-") and kind.startswith(beginning)):
                found = handler(self, text, kind.removeprefix(beginning) or number, place)
                if found is not None:
                    return found
                break
        self.report.leave(place, text, "there is no such destination here", "lead it on by hand")
        return self._end()

    def _end(self, cause: str = "") -> str:
        name = f"end-{cause}" if cause else "end"
        self.steps.setdefault(name, {"hang_up": None} | ({"cause": cause} if cause else {}))
        return name

    def _new(self, text: str, kind: str) -> str:
        name = self._memo[text] = new_name(kind, self.steps, kind)
        self.steps[name] = {}
        return name

    def extension(self, text: str, number: str, place: str) -> str | None:
        """A telephone, and its voicemail if it has one."""
        if number not in self.house.devices:
            return None
        name = self._new(text, "ring")
        user = self.tables.first("users", extension=number)
        seconds = user.get("ringtimer") if user is not None else ""
        has_box = user is not None and user.get("voicemail") not in ("", "novm", "no", "disabled")
        after = self.step(f"ext-local,vmu{number},1", place) if has_box else self._end()
        self.steps[name] = _ring([f"extension/{number}"], seconds or "15", after)
        return name

    def box(self, text: str, number: str, _place: str) -> str | None:
        """A voicemail."""
        found = _BOX.fullmatch(number)
        if found is None or found[1] not in self.house.devices:
            return None
        name = self._new(text, "message")
        self.steps[name] = {"voicemail": found[1]}
        return name

    def group(self, text: str, number: str, place: str) -> str | None:
        """A ring group."""
        row = self.tables.first("ringgroups", grpnum=number)
        if row is None or number not in self.ours.groups:
            return None
        name = self._new(text, "ring")
        after = self.step(row.get("postdest"), row.place or place)
        self.steps[name] = _ring([f"group/{self.ours.groups[number]}"], row.get("grptime"), after)
        return name

    def queue(self, text: str, number: str, place: str) -> str | None:
        """A queue."""
        row = self.tables.first("queues_config", extension=number)
        if row is None or number not in self.ours.queues:
            return None
        name = self._new(text, "queue")
        after = self.step(row.get("dest"), row.place or place)
        self.steps[name] = {"queue": self.ours.queues[number], "otherwise": after}
        return name

    def menu(self, text: str, number: str, _place: str) -> str | None:
        """An IVR."""
        row = self.tables.first("ivr_details", id=number)
        if row is None:
            return None
        name = self._new(text, "menu")
        keys: dict[str, str] = {}
        for entry in self.tables.of("ivr_entries"):
            if entry.get("ivr_id") == number:
                if _KEY.fullmatch(entry.get("selection")):
                    keys[entry.get("selection")] = self.step(entry.get("dest"), entry.place)
                else:
                    what, why = (
                        f"ivr {number}, {entry.get('selection')}",
                        "an entry of several digits is no key",
                    )
                    self.report.leave(entry.place, what, why, "ask for it in a step `collect`")
        if row.get("directdial") not in ("", "0", "Disabled"):
            why = "callers can dial an extension in this menu"
            self.report.leave(row.place, f"ivr {number}", why, "a step `directory` or `collect`")
        otherwise = self.step(row.get("timeout_destination") or row.get("invalid_destination"), row.place)
        if not keys:
            self.report.leave(row.place, f"ivr {number}", "it has no key", "write the step behind each key")
            self.steps[name] = {"go_to": otherwise}
            return name
        seconds, loops = row.get("timeout_time"), row.get("timeout_loops")
        self.steps[name] = {
            "menu": self._said(row.get("announcement"), row) or "Please press a key.",
            "keys": keys,
            "otherwise": otherwise,
            "attempts": min(10, int(loops) + 1) if loops.isdecimal() else 1,
            "timeout": f"{seconds}s" if seconds.isdecimal() and 0 < int(seconds) < 600 else "10s",
        }
        return name

    def announcement(self, text: str, number: str, _place: str) -> str | None:
        """An announcement, and what follows it."""
        row = self.tables.first("announcement", announcement_id=number)
        if row is None:
            return None
        name = self._new(text, "say")
        said = self._said(row.get("recording_id"), row) or row.get("description") or "Please wait."
        self.steps[name] = {"say": said, "next": self.step(row.get("post_dest"), row.place)}
        return name

    def condition(self, text: str, number: str, _place: str) -> str | None:
        """A time condition: days of the year in its group are holidays, all else are hours."""
        row = self.tables.first("timeconditions", timeconditions_id=number)
        if row is None:
            return None
        name = self._new(text, "hours")
        hours: dict[str, list[str]] = {}
        holidays: list[str] = []
        for one in self.tables.of("timegroups_details"):
            if one.get("timegroupid") == row.get("time"):
                self._time(one, hours, holidays)
        holds, fails = self.step(row.get("truegoto"), row.place), self.step(row.get("falsegoto"), row.place)
        step: dict[str, Any] = {
            "schedule": {"hours": joined_days(hours) or ALWAYS},
            "open": holds,
            "closed": fails,
        }
        if not hours:
            step["open"] = fails
        if holidays:
            step["schedule"]["holidays"] = sorted(set(holidays))
            step["holiday"] = holds
        self.steps[name] = step
        return name

    def _time(self, row: Row, hours: dict[str, list[str]], holidays: list[str]) -> None:
        times, weekdays, days, months = (*(part.strip() for part in row.get("time").split("|")), *["*"] * 4)[
            :4
        ]
        dates, spans = days_of_year(days, months), hours_of(times, weekdays)
        if spans is None or dates is None or (dates and (times, weekdays) != ("*", "*")):
            why, remedy = "such a time has no place in a `schedule`", "write it as holidays, or as hours"
            self.report.leave(row.place, row.get("time"), why, remedy)
        elif dates:
            holidays += dates
        else:
            for span, texts in spans.items():
                for day in _days(span):
                    hours[day] = sorted({*hours.get(day, ()), *texts})

    def conference(self, text: str, number: str, _place: str) -> str | None:
        """A conference."""
        room = name_of(number, "room")
        self.house.rooms.setdefault(room, {})
        name = self._new(text, "conference")
        self.steps[name] = {"conference": room}
        return name

    def hole(self, _text: str, number: str, _place: str) -> str | None:
        """`app-blackhole`: the call ends."""
        return self._end(_ENDINGS.get(number, ""))

    def _said(self, recording: str, row: Row) -> str:
        """What a recording says, as far as its name tells."""
        found = self.tables.first("recordings", id=recording)
        if found is None:
            return ""
        text, is_known = sentence_of(found.get("displayname") or found.get("filename").partition("&")[0])
        if not is_known:
            why = "nobody here knows what it says: it is said by its name"
            self.report.leave(
                row.place,
                f"recording {found.get('displayname')}",
                why,
                "record it, and name it in index.yaml",
            )
        return text


def _ring(targets: list[str], seconds: str, after: str) -> dict[str, Any]:
    for_s = min(LONGEST_S, int(seconds)) if seconds.isdecimal() and int(seconds) else LONGEST_S
    return {"ring": targets[0], "for": f"{for_s}s", "no_answer": after, "busy": after}


def _days(text: str) -> tuple[str, ...]:
    first, _, last = text.partition("-")
    return DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]


Handler = Callable[[Destinations, str, str, str], str | None]
_KINDS: dict[str, Handler] = {
    "from-did-direct": Destinations.extension,
    "ext-local": Destinations.box,
    "ext-group": Destinations.group,
    "ext-queues": Destinations.queue,
    "ivr-": Destinations.menu,
    "app-announcement-": Destinations.announcement,
    "timeconditions": Destinations.condition,
    "ext-meetme": Destinations.conference,
    "app-blackhole": Destinations.hole,
}
