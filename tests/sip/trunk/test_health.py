"""Is the carrier there: OPTIONS, hysteresis, targets, Retry-After."""

import pytest

from pbx.sip.trunk.health import Hysteresis
from tests.sip.trunk.conftest import HEALTH, NAME, Client, carrier

pytestmark = pytest.mark.requirement("SIP-20")


def watched() -> Client:
    return Client(carrier(health=HEALTH))


def reply(client: Client, status: int, *lines: str) -> None:
    client.answer(status, *lines, method="OPTIONS")


@pytest.mark.parametrize(
    ("findings", "changes"),
    [
        ("+", "+"),
        ("---", "  -"),
        ("--+", "  +"),
        ("+--+---", "+     -"),
        ("+---+-++", "+  -   +"),
        ("+---++", "+  - +"),
        ("+-+-+-+", "+      "),
    ],
)
def test_a_change_needs_several_findings_in_a_row(findings: str, changes: str) -> None:
    hysteresis = Hysteresis(down_after=3, up_after=2)
    seen = [finding if hysteresis.changes(alive=finding == "+") else " " for finding in findings]
    assert "".join(seen).rstrip() == changes.rstrip()


@pytest.mark.rfc("3261", "11.1")
def test_the_question() -> None:
    client = watched()
    ((host, request),) = client.requests("OPTIONS")
    assert (host, request.start_line) == ("192.0.2.1", "OPTIONS sip:192.0.2.1:5060 SIP/2.0")
    assert request.headers.get("Accept") and request.headers.get("Contact")
    assert request.to.tag is None and request.from_.tag


@pytest.mark.parametrize("status", [200, 401, 403, 404, 405, 480, 486, 500, 501, 603])
def test_any_final_answer_is_a_sign_of_life(status: int) -> None:
    client = watched()
    reply(client, 100)
    reply(client, status)
    assert client.changes() == [("up", f"{status} to OPTIONS")]
    assert client.next_in() == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("status", [408, 503])
def test_some_are_not(status: int) -> None:
    client = watched()
    for _ in range(3):
        assert client.changes() == []
        reply(client, status)
        client.next_in()
    assert client.changes() == [("down", f"{status} Reason")]


def test_silence_is_down_after_three_rounds_and_up_after_two_answers() -> None:
    client = watched()
    reply(client, 200)
    assert client.changes() == [("up", "200 to OPTIONS")]
    client.run(30 + 2 * 30 + 4.9)
    assert client.changes() == []
    client.run(20.0)
    assert client.changes() == [("down", "no answer")]
    client.next_in()
    reply(client, 200)
    assert client.changes() == []
    client.next_in()
    reply(client, 200)
    assert client.changes() == [("up", "200 to OPTIONS")]


def test_an_answer_that_comes_too_late_counts_for_nothing() -> None:
    client = watched()
    client.run(5.1)
    reply(client, 200)
    assert client.changes() == []


def test_retry_after_is_respected() -> None:
    client = watched()
    reply(client, 503, "Retry-After: 300")
    assert client.next_in() == pytest.approx(300, abs=0.1)


def test_one_address_that_answers_is_enough() -> None:
    client = Client(carrier(health=HEALTH, server=NAME))
    client.resolve("192.0.2.1", "192.0.2.2")
    client.run(5.1)
    assert client.hosts == ["192.0.2.1", "192.0.2.2"]
    reply(client, 200)
    assert client.changes() == [("up", "200 to OPTIONS")]
    client.next_in()
    assert client.hosts[-1] == "192.0.2.2"  # the dead one comes last now
    assert client.requests("OPTIONS")[-1][1].start_line == "OPTIONS sip:carrier.example:5060 SIP/2.0"


def test_a_name_without_address_is_down_in_the_end() -> None:
    client = Client(carrier(health=HEALTH, server=NAME))
    client.resolve()
    client.run(60.1)
    assert client.changes() == [("down", "no address")]


def test_nobody_is_asked_after_the_end() -> None:
    client = watched()
    client.serve()
    client.run(300)
    assert len(client.requests("OPTIONS")) == 1
