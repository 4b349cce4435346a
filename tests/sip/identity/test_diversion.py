"""Diversion and History-Info say the same in two ways."""

import pytest

from pbx.sip.identity.diversion import (
    MAX_DIVERSIONS,
    Diversion,
    diversion_fields,
    diversions_of,
    n_diversions,
    reason_of,
)
from pbx.sip.message import Headers

BUSY = Diversion(uri="sip:bob@b.example", reason="user-busy")
AWAY = Diversion(uri="sip:ann@a.example", reason="no-answer", counter=2, private=True)
TARGET = "sip:+441632960001@carrier.example"


def headers(*fields: tuple[str, str]) -> Headers:
    found = Headers()
    for name, value in fields:
        found.add(name, value)
    return found


@pytest.mark.rfc("5806", "5.1")
def test_diversion_headers() -> None:
    written = diversion_fields((BUSY, AWAY), TARGET, "diversion")
    assert written == (
        ("Diversion", "<sip:bob@b.example>;reason=user-busy;privacy=off"),
        ("Diversion", "<sip:ann@a.example>;reason=no-answer;privacy=full;counter=2"),
    )
    assert diversions_of(headers(*written)) == (BUSY, AWAY)
    assert n_diversions((BUSY, AWAY)) == 3


@pytest.mark.rfc("7044", "5")
def test_history_info() -> None:
    [(name, value)] = diversion_fields((BUSY, AWAY), TARGET, "history-info")
    assert name == "History-Info"
    assert value == (
        "<sip:ann@a.example?Privacy=history>;index=1, "
        "<sip:bob@b.example;cause=408>;index=1.1;mp=1, "
        "<sip:+441632960001@carrier.example;cause=486>;index=1.1.1;mp=1.1"
    )
    assert diversions_of(headers((name, value))) == (
        BUSY,
        Diversion(uri="sip:ann@a.example", reason="no-answer", private=True),
    )


@pytest.mark.rfc("7544", "3")
def test_history_counts_before_diversion() -> None:
    both = headers(*diversion_fields((BUSY,), TARGET, "both"), ("Diversion", "<sip:x@x.example>"))
    assert diversions_of(both) == (BUSY,)


def test_history_without_a_diversion() -> None:
    plain = ("History-Info", "<sip:a@x.example>;index=1, <sip:b@x.example>;index=1.1;rc=1")
    assert diversions_of(headers(plain)) == ()
    assert diversions_of(headers(plain, ("Diversion", "<sip:x@x.example>"))) == (
        Diversion(uri="sip:x@x.example"),
    )


@pytest.mark.parametrize(
    "value",
    [
        "<sip:a@x.example>",
        "<sip:a@x.example;cause=302>;index=1",
        "<sip:a@x.example;cause=3x2>;index=1.1;mp=1",
        "<sip:broken",
        "<http://x.example>;index=1, <http://y.example>;index=1.1;mp=1",
    ],
)
def test_history_that_means_nothing(value: str) -> None:
    assert diversions_of(headers(("History-Info", value))) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<sip:a@x>;reason=do-not-disturb", Diversion(uri="sip:a@x", reason="do-not-disturb")),
        ("<sip:a@x>;counter=999", Diversion(uri="sip:a@x")),
        ('<tel:+441632960001>;privacy="full"', Diversion(uri="tel:+441632960001", private=True)),
        ("sip:a@x;reason=deflection", Diversion(uri="sip:a@x", reason="deflection")),
    ],
)
def test_forms_of_diversion(value: str, expected: Diversion) -> None:
    assert diversions_of(headers(("Diversion", value))) == (expected,)


def test_limits() -> None:
    many = tuple(("Diversion", f"<sip:{n}@x.example>") for n in range(MAX_DIVERSIONS + 1))
    assert len(diversions_of(headers(*many))) == MAX_DIVERSIONS
    assert diversion_fields((), TARGET, "both") == ()
    assert diversion_fields((BUSY,), TARGET, "none") == ()


@pytest.mark.rfc("7544", "4")
def test_reasons_and_causes() -> None:
    assert [reason_of(cause) for cause in (302, 486, 408, 480, 487, 503, 404, 999)] == [
        *("unconditional", "user-busy", "no-answer", "deflection", "deflection", "unavailable"),
        *("unknown", "unknown"),
    ]
    assert Diversion(uri="x", reason="away").cause == 404
