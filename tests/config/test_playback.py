"""`playback` of pbx.yaml: where links lead, and what it takes to leave loopback."""

from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from pbx.config.playback import PlaybackSettings

pytestmark = pytest.mark.requirement("REC-11")


def problems(folder: Path, written: str) -> str:
    """The problems of a pbx.yaml with this section; empty = none."""
    file = folder / "pbx.yaml"
    before = file.read_text()
    file.write_text(f"{before}\nplayback: {written}\n")
    try:
        load(folder)
    except ConfigProblems as found:
        return "\n".join(str(error) for error in found.errors)
    finally:
        file.write_text(before)
    return ""


def test_without_a_section_there_is_no_server(folder: Path) -> None:
    assert load(folder).pbx.playback is None


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        (PlaybackSettings(), "http://127.0.0.1:8080"),
        (PlaybackSettings(host="::1", port=81), "http://[::1]:81"),
        (
            PlaybackSettings(behind_proxy=True, host="10.0.0.1", url="https://pbx.example"),
            "https://pbx.example",
        ),
    ],
)
def test_what_links_begin_with(settings: PlaybackSettings, base: str) -> None:
    assert settings.base == base


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{}", ""),
        ("{port: 8081, url: 'https://pbx.example:444'}", ""),
        ("{host: 192.0.2.1}", "on 192.0.2.1 recordings and links would cross the network in the clear"),
        ("{host: 0.0.0.0, behind_proxy: true}", "with host 0.0.0.0 a `url` is needed"),
        ("{url: 'http://pbx.example'}", "must begin with https://"),
        ("{url: 'https://pbx.example/pbx'}", "playback.url"),
        ("{url: 'https://ada@pbx.example'}", "playback.url"),
        ("{port: 0}", "playback.port"),
        ("{certificate: {chain: none.pem, key: none.pem}}", "none.pem cannot be read"),
        (
            "{certificate: {chain: c.pem, key: k.pem}, behind_proxy: true}",
            "behind_proxy is for a server without a certificate",
        ),
        ("{tls: true}", "playback.tls"),
    ],
)
def test_mistakes(folder: Path, written: str, message: str) -> None:
    found = problems(folder, written)
    assert message in found and bool(message) is bool(found)
