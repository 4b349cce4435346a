"""Hours as they are written: the same words for marketing, call-backs and opening hours."""

from datetime import time

import pytest

from pbx.schedules.hours import is_overnight, parse_hours, parse_spans


def test_days_and_other_names() -> None:
    found = parse_hours({"mon-tue": ["09:00-24:00"], "holiday": []}, most=1, others=("holiday",))
    assert found == {"mon": ((time(9), None),), "tue": ((time(9), None),), "holiday": ()}
    with pytest.raises(ValueError, match="or days such as mon-fri, or holiday"):
        parse_hours({"feast": []}, most=1, others=("holiday",))


def test_over_midnight_only_where_it_may_be() -> None:
    (span,) = parse_spans(["22:00-06:00"], most=1, overnight=True)
    assert is_overnight(span)
    assert not is_overnight((time(22), None))
    with pytest.raises(ValueError, match="expected a span"):
        parse_spans(["22:00-06:00"], most=1)


def test_most() -> None:
    assert len(parse_spans(["09:00-10:00", "10:00-11:00"], most=2)) == 2
    with pytest.raises(ValueError, match="at most 1 span"):
        parse_spans(["09:00-10:00", "10:00-11:00"], most=1)
