"""`GotoIfTime(times,weekdays,days,months?...)` as the opening hours of a step."""

import re
from collections.abc import Mapping

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
MIDNIGHT = 24 * 60
Hours = dict[str, list[str]]


def hours_of(times: str, weekdays: str) -> Hours | None:
    """Return the spans of each day, as a flow has them, with their last minute; None = unreadable."""
    spans = _spans(times)
    days = _named(weekdays, DAYS)
    if spans is None or not days:
        return None
    hours: dict[int, list[tuple[int, int]]] = {}
    for day in sorted(days):
        hours.setdefault(day, []).extend(spans)
    return written(hours)


def written(hours: Mapping[int, list[tuple[int, int]]]) -> Hours:
    """Return spans, in minutes by day of the week, in their written form; days that are alike are joined."""
    return joined_days(
        {DAYS[day]: [_text(*span) for span in sorted(set(spans))] for day, spans in hours.items() if spans}
    )


def joined_days(texts: Mapping[str, list[str]]) -> Hours:
    """Return spans by day with days that are alike joined, such as `mon-fri`."""
    found: Hours = {}
    day = 0
    while day < len(DAYS):
        last, spans = day, texts.get(DAYS[day])
        while spans is not None and last + 1 < len(DAYS) and texts.get(DAYS[last + 1]) == spans:
            last += 1
        if spans is not None:
            found[DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"] = spans
        day = last + 1
    return found


def days_of_year(days: str, months: str) -> list[str] | None:
    """Return `12-25` for each day of the year that is meant, [] = all of them; None = unreadable."""
    if days == "*" and months == "*":
        return []
    numbers = set(range(1, 32)) if days == "*" else _numbered(days)
    wanted = _named(months, MONTHS)
    if not numbers or not wanted or months == "*":
        return None
    lengths = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return [
        f"{month + 1:02}-{day:02}"
        for month in sorted(wanted)
        for day in sorted(numbers)
        if day <= lengths[month]
    ]


def _spans(times: str) -> list[tuple[int, int]] | None:
    if times == "*":
        return [(0, MIDNIGHT)]
    spans: list[tuple[int, int]] = []
    for part in times.split("&"):
        first, _, last = part.partition("-")
        begin, end = _minute(first), _minute(last or first)
        if begin is None or end is None:
            return None
        if begin <= end:
            spans.append((begin, end + 1))
        else:  # over midnight
            spans += [(0, end + 1), (begin, MIDNIGHT)]
    return sorted(spans)


def _minute(text: str) -> int | None:
    found = _CLOCK.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]) * 60 + int(found[2])


def _text(begin: int, end: int) -> str:
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


def _named(text: str, names: tuple[str, ...]) -> set[int]:
    if text.strip() == "*":
        return set(range(len(names)))
    found: set[int] = set()
    for part in text.lower().split("&"):
        first, _, last = part.partition("-")
        ends = [_index(one, names) for one in (first, last or first)]
        if None in ends:
            return set()
        begin, end = ends[0] or 0, ends[1] or 0
        found |= set(range(begin, end + 1)) if begin <= end else {*range(begin, len(names)), *range(end + 1)}
    return found


def _index(text: str, names: tuple[str, ...]) -> int | None:
    return names.index(text.strip()[:3]) if text.strip()[:3] in names else None


def _numbered(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split("&"):
        first, _, last = part.partition("-")
        if not first.strip().isdecimal() or not (last or first).strip().isdecimal():
            return set()
        found |= set(range(int(first), min(31, int(last or first)) + 1))
    return found
