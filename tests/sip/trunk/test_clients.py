"""The set of carriers follows the configuration."""

from dataclasses import replace

import pytest

from pbx.sip.trunk.effects import HealthWish
from tests.sip.conftest import PBX
from tests.sip.trunk.conftest import HEALTH, WISH, Client, carrier


@pytest.mark.requirement("SIP-21")
def test_a_carrier_that_did_not_change_is_not_disturbed() -> None:
    client = Client(carrier(WISH, HEALTH))
    n_sent = len(client.network.addressed)
    client.serve(carrier(WISH, HEALTH))
    assert len(client.network.addressed) == n_sent


def test_a_carrier_that_changed_begins_anew() -> None:
    client = Client(carrier(WISH))
    client.answer(200, "Expires: 3600")
    client.serve(carrier(replace(WISH, expires_s=120)))
    assert [request.headers.get("Expires") for _, request in client.requests("REGISTER")] == [
        "3600",
        "0",
        "120",
    ]


def test_the_last_answers_are_waited_for() -> None:
    client = Client(carrier(WISH))
    client.answer(200, "Expires: 3600")
    client.serve()
    assert client.network.endpoints[PBX].n_leaving == 1
    client.answer(200)
    assert client.network.endpoints[PBX].n_leaving == 0


def test_what_was_never_registered_is_not_removed() -> None:
    client = Client(carrier(WISH))
    client.serve()
    assert client.network.endpoints[PBX].n_leaving == 0
    assert len(client.requests("REGISTER")) == 1


def test_two_carriers_are_two() -> None:
    other = replace(carrier(health=HealthWish(interval_s=60.0)), name="green")
    client = Client(carrier(health=HEALTH), other)
    assert len(client.requests("OPTIONS")) == 2
    client.serve(other)
    client.run(100)
    assert len(client.requests("OPTIONS")) == 3  # one more after 5 s of silence and 60 s of waiting


@pytest.mark.requirement("SIP-20")
def test_a_trunk_that_was_down_is_up_when_nobody_watches_it_any_more() -> None:
    client = Client(carrier(health=HEALTH))
    client.run(100.0)
    assert client.changes() == [("down", "no answer")]
    client.serve()
    assert client.changes() == [("up", "not watched any more")]
