"""The `sip` section as values."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pbx.config.transports import PairSettings, SessionSettings, SipSettings, WebSocketSettings


def test_nothing_but_udp_and_tcp_on_loopback_by_default() -> None:
    sip = SipSettings()
    assert (sip.host, sip.transports, sip.listeners, sip.certificate) == (
        "127.0.0.1",
        ("udp", "tcp"),
        (),
        None,
    )
    assert not sip.websocket.without_origin and sip.websocket.origins == ()


def test_relative_paths_of_a_pair_start_from_a_folder() -> None:
    pair = PairSettings(chain=Path("tls/chain.pem"), key=Path("/etc/key.pem")).below(Path("/srv/acme"))
    assert (pair.chain, pair.key) == (Path("/srv/acme/tls/chain.pem"), Path("/etc/key.pem"))


@pytest.mark.parametrize("origin", ["https://phone.example", "http://localhost:8080"])
def test_an_origin_is_scheme_and_host(origin: str) -> None:
    assert WebSocketSettings.model_validate({"origins": [origin]}).origins == (origin,)


@pytest.mark.parametrize("origin", ["phone.example", "https://phone.example/", "https://*.example", "null"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError):
        WebSocketSettings.model_validate({"origins": [origin]})


@pytest.mark.rfc("4028", "5")
def test_what_sessions_ask_of_their_peers() -> None:
    usual = SipSettings().session
    assert (usual.reliable, usual.timer, usual.expires_s, usual.min_expires_s) == (
        "supported",
        "on",
        1800,
        90,
    )
    written = SessionSettings.model_validate({"reliable": "never", "timer": "off", "expires": "10 min"})
    assert (written.reliable, written.timer, written.expires_s) == ("never", "off", 600.0)


@pytest.mark.rfc("4028", "5")
@pytest.mark.parametrize(
    "wrong",
    [{"expires": "89s"}, {"expires": "25h"}, {"min_expires": "1s"}, {"expires": "90s", "min_expires": "91s"}],
)
def test_intervals_that_no_peer_could_keep_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SessionSettings.model_validate(wrong)
