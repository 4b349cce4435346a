"""`GotoIfTime`: a step `schedule`."""

from dataclasses import replace
from typing import Any

from pbx.importers.dialplan_conf import Line
from pbx.importers.times import days_of_year, hours_of
from pbx.importers.walk import At, Handler, Outcome, Walk

ALWAYS = {"mon-sun": ["00:00-24:00"]}


def goes_by_time(walk: Walk, at: At, line: Line, words: list[str]) -> Outcome:
    """`GotoIfTime(times,weekdays,days,months[,zone]?there:elsewhere)`."""
    when, _, ways = ",".join(words).replace("|", ",").partition("?")
    there, _, elsewhere = ways.partition(":")
    times, weekdays, days, months, zone = (*(part.strip() for part in when.split(",")), *["*"] * 5)[:5]
    dates = days_of_year(days, months)
    hours = hours_of(times, weekdays)
    if hours is None or dates is None or (dates and (times, weekdays) != ("*", "*")):
        walk.leave(line, "such a time has no place in a `schedule`", "write it as holidays, or as hours")
        return _go(walk, at, line, elsewhere)
    if zone != "*":
        walk.leave(line, "opening hours are by the clock of the tenant", "`timezone` in tenant.yaml")
    name = walk.reserve(at, "hours")
    holds = _step(walk, _go(walk, at, line, there))
    fails = _step(walk, _go(walk, at, line, elsewhere))
    step: dict[str, Any] = {"schedule": {"hours": hours}, "open": holds, "closed": fails}
    if dates:
        schedule = {"hours": ALWAYS, "holidays": dates}
        step = {"schedule": schedule, "open": fails, "closed": fails, "holiday": holds}
    walk.steps[name] = step
    return name


def _go(walk: Walk, at: At, line: Line, way: str) -> Outcome:
    return walk.jump(at, [word.strip() for word in way.split(",")], line) if way.strip() else at.then()


def _step(walk: Walk, there: Outcome) -> str:
    if isinstance(there, At):
        return walk.step_at(replace(there))
    return there if there is not None else walk.end()


HANDLERS: dict[str, Handler] = {"gotoiftime": goes_by_time}
