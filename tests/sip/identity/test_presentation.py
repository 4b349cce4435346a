"""Who calls, as each kind of neighbour may know it."""

import pytest

from pbx.sip.identity.presentation import ANONYMOUS, CallerShown, present
from pbx.sip.identity.profile import SendIdentity, TrunkProfile

ADA = CallerShown(number="+441632960001", display="Ada")
HIDDEN = CallerShown(number="+441632960001", display="Ada", private=True)
URI = "sip:+441632960001@pbx.example"
PAI = ("P-Asserted-Identity", f'"Ada" <{URI}>')
RPID = ("Remote-Party-ID", f'"Ada" <{URI}>;party=calling;privacy=off;screen=yes')


@pytest.mark.rfc("3325", "9.1")
@pytest.mark.parametrize(
    ("sends", "fields"),
    [
        ("none", ()),
        ("pai", (PAI,)),
        ("ppi", (("P-Preferred-Identity", f'"Ada" <{URI}>'),)),
        ("rpid", (RPID,)),
        ("both", (PAI, RPID)),
    ],
)
def test_a_caller_with_nothing_to_hide(sends: SendIdentity, fields: tuple[tuple[str, str], ...]) -> None:
    shown = present(ADA, TrunkProfile(sends=sends), "pbx.example")
    assert (shown.from_uri, shown.from_display, shown.fields) == (URI, "Ada", fields)


@pytest.mark.rfc("3325", "7")
@pytest.mark.parametrize("sends", ["none", "pai", "ppi", "rpid", "both"])
def test_a_private_caller_is_told_to_nobody_untrusted(sends: SendIdentity) -> None:
    shown = present(HIDDEN, TrunkProfile(sends=sends), "pbx.example")
    assert (shown.from_uri, shown.from_display) == (ANONYMOUS, "Anonymous")
    assert shown.fields == (("Privacy", "id"),)


@pytest.mark.rfc("3323", "4.1.1.3")
def test_a_private_caller_to_a_trusted_carrier() -> None:
    shown = present(HIDDEN, TrunkProfile(sends="both", trusted=True), "pbx.example")
    assert shown.from_uri == "sip:anonymous@anonymous.invalid"
    assert shown.fields == (
        ("Privacy", "id"),
        ("P-Asserted-Identity", f"<{URI}>"),
        ("Remote-Party-ID", f"<{URI}>;party=calling;privacy=full;screen=yes"),
    )


def test_a_caller_without_number() -> None:
    shown = present(CallerShown(number=""), TrunkProfile(sends="both", trusted=True), "pbx.example")
    assert (shown.from_uri, shown.fields) == ("sip:anonymous@pbx.example", ())
    hidden = present(
        CallerShown(number="", private=True), TrunkProfile(sends="pai", trusted=True), "x.example"
    )
    assert hidden.fields == (("Privacy", "id"),)


def test_the_number_is_written_as_the_carrier_wants_it() -> None:
    profile = TrunkProfile(numbers="national", country="GB", phone_uris=True, sends="pai")
    shown = present(ADA, profile, "pbx.example")
    assert shown.from_uri == "sip:01632960001@pbx.example;user=phone"
    assert shown.fields == (("P-Asserted-Identity", f'"Ada" <{shown.from_uri}>'),)
