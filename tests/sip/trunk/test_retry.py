"""How long a failed registration waits."""

import pytest

from pbx.core.ids import SeededIds
from pbx.sip.message import Headers, Response
from pbx.sip.trunk.retry import LONGEST_S, MAX_RETRY_AFTER_S, backoff_s, retry_after_s, wait_s


def response(status: int, retry_after: str = "") -> Response:
    headers = Headers()
    if retry_after:
        headers.add("Retry-After", retry_after)
    return Response(status, "Reason", headers)


@pytest.mark.rfc("3261", "20.33")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("18000;duration=3600", MAX_RETRY_AFTER_S),
        ("120 (I'm in a meeting)", 120),
        ("0", 0),
        ("-1", None),
        ("soon", None),
        ("9999999999", None),
        ("٣", None),
    ],
)
def test_retry_after(text: str, seconds: int | None) -> None:
    assert retry_after_s(response(503, text)) == seconds


@pytest.mark.rfc("5626", "4.5")
def test_the_wait_doubles_up_to_half_an_hour() -> None:
    ids = SeededIds()
    for n_failures, upper_s in ((1, 60), (2, 120), (5, 960), (6, LONGEST_S), (99, LONGEST_S)):
        waits = [backoff_s(n_failures, ids) for _ in range(50)]
        assert upper_s / 2 <= min(waits) < max(waits) <= upper_s


@pytest.mark.parametrize("status", [408, 430, 480, 500, 503, 599])
def test_what_passes_is_tried_soon(status: int) -> None:
    assert wait_s(response(status), 1, SeededIds()) <= 60


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 407, 600, 603])
def test_what_does_not_pass_is_tried_seldom(status: int) -> None:
    assert wait_s(response(status), 1, SeededIds()) >= 900


def test_a_carrier_that_says_when_is_believed() -> None:
    assert wait_s(response(403, "77"), 9, SeededIds()) == 77
    assert wait_s(response(503, "0"), 1, SeededIds()) == 1.0  # never a tight loop
