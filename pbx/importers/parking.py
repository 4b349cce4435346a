"""`res_parking.conf` and `Park`: the lot, and callers who wait in it."""

import re

from pbx.importers.conf import Section
from pbx.importers.dialplan_conf import Line
from pbx.importers.house import House
from pbx.importers.report import Report
from pbx.importers.walk import At, Handler, Outcome, Walk

MOST_SLOTS = 100
LEAST_S, MOST_S = 10, 3600
_LOTS = ("general", "default", "parkinglot_default")
_RANGE = re.compile(r"([1-9][0-9]{1,6})-([1-9][0-9]{1,6})", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{1,6}", re.ASCII)
_WHERE = "`parking` in dialplan.yaml"


def read_parking(sections: list[Section], house: House, report: Report) -> None:
    """Add the default lot where it has a number and slots that are nobody else's."""
    for section in sections:
        number, slots = section.last("parkext"), _RANGE.fullmatch(section.last("parkpos"))
        if section.name not in _LOTS:
            report.leave(section.place, f"lot {section.name}", "there is one lot", _WHERE)
        elif number and slots is not None:
            _add(house, report, section, (number, int(slots[1]), int(slots[2])))


def _add(house: House, report: Report, section: Section, of: tuple[str, int, int]) -> None:
    number, first, last = of
    slots = {str(one) for one in range(first, min(last, first + MOST_SLOTS) + 1)}
    taken = slots & house.devices.keys() or number in house.devices or number in slots
    if taken or not first <= last < first + MOST_SLOTS or _NUMBER.fullmatch(number) is None:
        why = f"its numbers are others' too, or more than {MOST_SLOTS}"
        report.leave(section.place, f"lot {number}, {first}-{last}", why, _WHERE)
        return
    house.parking = {"number": int(number), "slots": f"{first}-{last}"}
    seconds = section.last("parkingtime")
    if seconds.isdecimal() and LEAST_S <= int(seconds) <= MOST_S:
        house.parking["timeout"] = f"{seconds}s"


def parks(walk: Walk, at: At, line: Line, _words: list[str]) -> Outcome:
    """`Park()`: the caller waits in any slot, and comes back to the next line."""
    if not walk.desk.house.parking:
        walk.leave(line, "there is no lot that was found", _WHERE)
        return at.then()
    name = walk.reserve(at, "park")
    walk.steps[name] = {"park": "any", "back": walk.step_at(at.then())}
    return name


HANDLERS: dict[str, Handler] = {"park": parks}
