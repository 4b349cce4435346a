"""What is known of a number, of which nobody else's reading says anything."""

from pbx.consent.known import NOTHING, Known, KnownNumbers

ANN = Known(language="de-DE", places=("FR",), is_vulnerable=True)


def test_a_number_is_known_within_its_tenant() -> None:
    numbers = KnownNumbers(lambda tenant, number: f"{tenant}/{number}".encode())
    assert numbers.of("acme", "+44") == NOTHING
    numbers.restore({b"acme/+44": ANN})
    assert numbers.of("acme", "+44") == ANN
    assert numbers.of("other", "+44") == numbers.of("acme", "+45") == NOTHING
    assert numbers.of("acme", "") == NOTHING, "whoever withholds his number is nobody's customer"


def test_what_holds_besides_the_rules_of_the_place() -> None:
    assert (ANN.overlays, NOTHING.overlays) == (("vulnerable",), ())
