"""What a subscriber is told: full states with versions that grow."""

from dataclasses import dataclass

import pytest

from pbx.sip.location import Aor
from pbx.sip.notify.content import Body, Single
from pbx.sip.notify.package import Package, Snapshot, Topic


@dataclass(frozen=True)
class Lamp:
    """A state of the test's own package."""

    colour: str

    def document(self, entity: str, version: int, before: Snapshot | None) -> bytes:
        return (
            f"{entity} {version} {before.colour if isinstance(before, Lamp) else '-'}>{self.colour}".encode()
        )


def single(states: dict[Aor, Lamp]) -> Single:
    package = Package(
        name="lamp",
        content_type="text/lamp",
        interval_s=1.0,
        look=lambda aor, now: states.get(aor),
        may_watch=lambda directory, name, subscriber: 0,
    )
    return Single(Topic(package=package, aor=("acme", "1"), entity="sip:1@acme.test"))


@pytest.mark.rfc("4235", "4.1")
def test_versions_grow_by_one_and_what_was_told_is_no_news() -> None:
    states = {("acme", "1"): Lamp("red")}
    content = single(states)
    assert content.has_news(0.0)
    assert content.compose(0.0) == Body(
        octets=b"sip:1@acme.test 0 ->red", fields=(("Content-Type", "text/lamp"),)
    )
    assert not content.has_news(0.0)
    states["acme", "1"] = Lamp("green")
    assert content.has_news(0.0)
    assert content.compose(0.0).octets == b"sip:1@acme.test 1 red>green"


def test_an_unknown_state_has_no_body() -> None:
    content = single({})
    assert not content.is_known(0.0)
    assert content.compose(0.0) == Body()
    assert content.watched == (("acme", "1"),)
