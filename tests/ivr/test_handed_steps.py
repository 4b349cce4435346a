"""What happens in handed steps when the caller does nothing, or somebody answers."""

from pbx.ivr.handed_steps import Conference, Ring, StepUp, Verify


def test_who_does_nothing_is_not_verified() -> None:
    assert Verify(methods=(), attempts=1, verified="a", otherwise="b", company="c").unattended == ("b",)
    assert StepUp(ways=("sms",), purpose="pay", verified="a", otherwise="b").unattended == ("b",)
    assert Conference(conference="team", next=None, refused="a").unattended == (None, "a")


def test_only_a_ringing_telephone_is_answered() -> None:
    assert Ring(target="group/x", ring_s=1.0, no_answer="a", busy="b").connects
    assert not Conference(conference="team", next=None, refused="a").connects
