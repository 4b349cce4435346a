"""Opening hours as they are written: spans, holidays, exceptions, and what is refused."""

from datetime import date, time

import pytest
from pydantic import ValidationError

from pbx.config.opening import MAX_EXCEPTIONS, MAX_HOLIDAYS, MAX_SPANS, WrittenOpening
from pbx.schedules.holiday import Holiday


def made(hours: object, holidays: object = (), exceptions: object = None) -> WrittenOpening:
    written = {"hours": hours, "holidays": holidays}
    return WrittenOpening.model_validate(written | ({"exceptions": exceptions} if exceptions else {}))


def days(*holidays: object) -> tuple[Holiday, ...]:
    return made({"mon": ["09:00-10:00"]}, list(holidays)).build().holidays


def test_several_spans_and_days() -> None:
    built = made({"mon-tue": ["09:00-12:00", "13:00-24:00"], "wed": []}, ["12-25", "2027-03-26"]).build()
    both = ((time(9), time(12)), (time(13), None))
    assert built.spans == {"mon": both, "tue": both, "wed": ()}
    good = Holiday(first=date(2027, 3, 26), last=date(2027, 3, 26))
    assert built.holidays == (Holiday(yearly=((12, 25), (12, 25))), good)
    assert days(date(2027, 3, 26)) == (good,)
    assert days("02-29") == (Holiday(yearly=((2, 29), (2, 29))),)
    assert made({"fri": ["22:00-02:00"]}).build().spans == {"fri": ((time(22), time(2)),)}


def test_ranges_names_and_exceptions() -> None:
    assert days("2026-12-24/2027-01-01") == (Holiday(first=date(2026, 12, 24), last=date(2027, 1, 1)),)
    assert days("12-24 / 01-01") == (Holiday(yearly=((12, 24), (1, 1))),)
    named = {"Christmas": ["12-25", "12-26"], "New Year": "01-01"}
    built = made({"mon": ["09:00-10:00"]}, named, {"2026-12-24": ["09:00-12:00"], date(2026, 12, 31): []})
    names = [(one.name, one.yearly) for one in built.build().holidays]
    assert names == [
        ("Christmas", ((12, 25), (12, 25))),
        ("Christmas", ((12, 26), (12, 26))),
        ("New Year", ((1, 1), (1, 1))),
    ]
    assert built.build().exceptions == {date(2026, 12, 24): ((time(9), time(12)),), date(2026, 12, 31): ()}


@pytest.mark.parametrize(
    ("hours", "holidays", "words"),
    [
        ({}, (), "expected days with their hours"),
        ({"mon": []}, (), "never open"),
        ({"monday": ["09:00-10:00"]}, (), "expected a day such as mon"),
        ({"fri-mon": ["09:00-10:00"]}, (), "the week begins on Monday"),
        ({"mon-fri": ["09:00-10:00"], "tue": []}, (), "tue has two entries"),
        ({"mon": "09:00-10:00"}, (), "expected a list"),
        ({"mon": ["09:00-09:00"]}, (), "expected a span"),
        ({"mon": ["25:00-26:00"]}, (), "expected a span"),
        ({"mon": ["09:00-11:00", "10:00-12:00"]}, (), "follow each other"),
        ({"mon": ["09:00-24:00", "10:00-12:00"]}, (), "follow each other"),
        ({"mon": ["22:00-02:00", "23:00-24:00"]}, (), "follow each other"),
        ({"mon": ["09:00-10:00"]}, ["Christmas"], "expected a day such as"),
        ({"mon": ["09:00-10:00"]}, ["2026-02-29"], "there is no such day"),
        ({"mon": ["09:00-10:00"]}, ["13-01"], "there is no such day"),
        ({"mon": ["09:00-10:00"]}, ["12-25", "12-25"], "listed twice"),
        ({"mon": ["09:00-10:00"]}, ["2026-12-24/12-26"], "expected a day such as"),
        ({"mon": ["09:00-10:00"]}, ["2027-01-01/2026-12-24"], "the last day is before the first"),
        ({"mon": ["09:00-10:00"]}, {"Christmas": "25.12."}, "expected a day such as"),
    ],
)
def test_what_is_refused(hours: object, holidays: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        made(hours, holidays)


@pytest.mark.parametrize("exceptions", [{"Christmas": []}, {"2026-12-24": "09:00-12:00"}, ["2026-12-24"]])
def test_exceptions_that_are_refused(exceptions: object) -> None:
    with pytest.raises(ValidationError, match="expected"):
        made({"mon": ["09:00-10:00"]}, (), exceptions)


def test_limits() -> None:
    spans = [f"{hour:02}:00-{hour:02}:30" for hour in range(MAX_SPANS + 1)]
    assert len(made({"mon": spans[:-1]}).build().spans["mon"]) == MAX_SPANS
    with pytest.raises(ValidationError, match="at most"):
        made({"mon": spans})
    many = [f"{2000 + i // 28}-01-{i % 28 + 1:02}" for i in range(MAX_HOLIDAYS + 1)]
    assert len(made({"mon": spans[:1]}, many[:-1]).build().holidays) == MAX_HOLIDAYS
    with pytest.raises(ValidationError, match="at most"):
        made({"mon": spans[:1]}, many)
    with pytest.raises(ValidationError, match="more than"):
        made({"mon": spans[:1]}, {"A": many[:200], "B": many[200:]})
    assert (
        len(made({"mon": spans[:1]}, (), dict.fromkeys(many[:-1], [])).build().exceptions) == MAX_EXCEPTIONS
    )
    with pytest.raises(ValidationError, match="at most"):
        made({"mon": spans[:1]}, (), dict.fromkeys(many, []))
