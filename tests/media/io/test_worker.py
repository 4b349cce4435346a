"""The worker's command line, and that every order is performed."""

from pathlib import Path
from typing import get_args

import pytest

from pbx.core.address import Address, Family
from pbx.core.ids import CallId, LegId, SeededIds
from pbx.media.effects import MediaEffect, OpenLeg
from pbx.media.events import LegFailed, LegOpened, MediaEvent
from pbx.media.io.clips import ClipLoader
from pbx.media.io.host import MediaHost
from pbx.media.io.listen import Listen
from pbx.media.io.tap import JournalSink
from pbx.media.io.worker import parse_options
from pbx.media.silence import SilenceRules
from tests.authority import Authority


def no_sink(*_: object) -> JournalSink:
    raise ValueError


def test_every_effect_is_performed() -> None:
    host = MediaHost(
        ("127.0.0.1", range(20000, 20010)),
        ids=SeededIds(),
        clips=ClipLoader({}),
        open_sink=no_sink,
        emit=lambda event: None,
    )
    assert host.performed == frozenset(get_args(MediaEffect))


def test_options() -> None:
    options = parse_options(["--socket", "/s", "--spool", "/d", "--ports", "2000-2010"])
    assert (options.socket, options.spool) == (Path("/s"), Path("/d"))
    assert (options.host, options.first_port, options.last_port) == ("127.0.0.1", 2000, 2010)
    assert (options.silence, options.drain_s, options.host6) == (SilenceRules(), 0.0, "")
    assert parse_options(["--socket", "/s", "--spool", "/d", "--host6", "::1"]).host6 == "::1"
    silent = ["--rtp-timeout", "20", "--rest-timeout", "600", "--nat-rebind", "off"]
    options = parse_options(["--socket", "/s", "--spool", "/d", *silent])
    assert options.silence == SilenceRules(timeout_s=20.0, rest_s=600.0, rebind="off")


@pytest.mark.requirement("SIP-02")
@pytest.mark.parametrize(
    ("host", "host6", "family", "answer"),
    [
        ("127.0.0.1", "::1", "ip6", "::1"),
        ("127.0.0.1", "::1", "ip4", "127.0.0.1"),
        ("::1", "", "ip4", "::1"),
        ("127.0.0.1", "", "ip6", "no ip6 address for audio"),
    ],
)
async def test_a_leg_gets_a_port_that_its_peer_can_hear(
    host: str, host6: str, family: Family, answer: str
) -> None:
    events: list[MediaEvent] = []
    worker = MediaHost(
        (host, range(20000, 20100)),
        ids=SeededIds(),
        clips=ClipLoader({}),
        open_sink=no_sink,
        emit=events.append,
        host6=host6,
    )
    worker.perform(OpenLeg(leg=LegId("a"), call=CallId("c"), family=family))
    (event,) = events
    assert isinstance(event, LegOpened | LegFailed)
    assert (event.host if isinstance(event, LegOpened) else event.reason) == answer
    worker.close()


@pytest.mark.parametrize(
    "ports", ["", "1", "1-2", "2000-1999", "2000-65536", "2000-x", "٢000-3000", "2001-2002"]
)
def test_port_ranges_that_make_no_sense(ports: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--socket", "/s", "--spool", "/d", "--ports", ports])
    assert "--ports" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--spool", "/d"], "one of the arguments --socket --listen is required"),
        (["--socket", "/s", "--listen", "h:1"], "not allowed with"),
        (["--socket", "/s"], "--spool"),
        (["--listen", "h:1", "--spool", "/d"], "--spool"),
        (["--socket", "/s", "--spool", "/d", "--tls-ca", "/c"], "only with --listen"),
        (["--listen", "h:1"], "needs --tls-certificate, --tls-key, --tls-ca too"),
        (["--listen", "h:1", "--tls-certificate", "/c", "--tls-key", "/k"], "needs --tls-ca too"),
        (
            ["--listen", "h:1", "--tls-certificate", "/c", "--tls-key", "/k", "--tls-ca", "/no"],
            "/no: No such",
        ),
    ],
)
def test_where_to_listen_has_to_make_sense(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)
    assert message in capsys.readouterr().err


def listening(folder: Path, address: str, *more: str) -> Listen | None:
    authority = Authority(folder)
    pair = authority.issue("worker", dns=("media.example.com",))
    tls = ("--tls-certificate", str(pair.chain), "--tls-key", str(pair.key), "--tls-ca", str(authority.file))
    return parse_options(["--listen", address, *tls, *more]).listen


def test_a_worker_on_another_machine(tmp_path: Path) -> None:
    listen = listening(tmp_path, "[2001:db8::1]:5590", "--tls-names", "PBX.example.com, b.example.com")
    assert listen is not None
    assert listen.address == Address("2001:db8::1", 5590)
    assert listen.names == {"pbx.example.com", "b.example.com"}


@pytest.mark.parametrize("address", ["", "h", "h:", ":1", "h:0", "h:65536", "h:x", "h:١"])
def test_addresses_that_make_no_sense(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        listening(tmp_path, address)
    assert "HOST:PORT" in capsys.readouterr().err


def test_the_last_port_that_there_is(tmp_path: Path) -> None:
    listen = listening(tmp_path, "h:65535")
    assert listen is not None
    assert (listen.address.port, listen.names) == (65535, frozenset())
