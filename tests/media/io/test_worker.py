"""The worker's command line, and that every order is performed."""

from pathlib import Path
from typing import get_args

import pytest

from pbx.core.ids import SeededIds
from pbx.media.effects import MediaEffect
from pbx.media.io.clips import ClipLoader
from pbx.media.io.host import MediaHost
from pbx.media.io.tap import JournalSink
from pbx.media.io.worker import parse_options


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
    assert (options.rtp_timeout_s, options.drain_s) == (30.0, 0.0)


@pytest.mark.parametrize("ports", ["", "1", "1-2", "2000-1999", "2000-65536", "2000-x", "٢000-3000"])
def test_port_ranges_that_make_no_sense(ports: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--socket", "/s", "--spool", "/d", "--ports", ports])
    assert "--ports" in capsys.readouterr().err
