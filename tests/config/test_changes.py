"""Values that wait for a restart."""

from pathlib import Path

import pytest

from pbx.config.changes import start_values, waiting_for_start
from pbx.config.load import load


def settings_after(folder: Path, old: str, new: str) -> dict[str, str]:
    file = folder / "pbx.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return start_values(load(folder).pbx)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("port: 5060", "port: 5070", "sip.port"),
        ("[udp, tcp]", "[udp]", "sip.transports"),
        ("timeout: 30s", "timeout: 40s", "rtp.timeout"),
        ("var/pbx.sqlite3", "var/other.sqlite3", "database.url"),
        ("path: var/objects", "path: var/elsewhere", "recording.store"),
        ("media: {}", "media: {workers: 33}", "media.workers"),
        ("voice: rms", "voice: rms\n  recogniser: pocketsphinx", "speech.recogniser"),
    ],
)
def test_what_a_reload_cannot_change_is_named(folder: Path, old: str, new: str, expected: str) -> None:
    before = start_values(load(folder).pbx)
    after = settings_after(folder, old, new)
    assert waiting_for_start(before, after) == f"changed, but read at start only: {expected}"


def test_what_a_reload_does_change_is_not(folder: Path) -> None:
    before = start_values(load(folder).pbx)
    assert waiting_for_start(before, settings_after(folder, "voice: rms", "voice: slt")) == ""


def test_a_section_that_comes_or_goes_is_named(folder: Path) -> None:
    without = start_values(load(folder).pbx)
    some = settings_after(folder, "media: {}", "media: {}\nplayback: {port: 81}")
    assert waiting_for_start(without, some).endswith(": playback")
    gone = waiting_for_start(some, without)
    assert "playback.port" in gone and "media" not in gone


def test_several_in_one_line_and_what_was_not_noted_is_not_compared(folder: Path) -> None:
    before = start_values(load(folder).pbx)
    settings_after(folder, "port: 5060", "port: 5070")
    after = settings_after(folder, "media: {}", "media: {workers: 33}")
    assert waiting_for_start(before, after).endswith(": media.workers, sip.port")
    del before["sip.port"]
    assert waiting_for_start(before, after).endswith(": media.workers")


def test_no_value_is_written_down(folder: Path) -> None:
    assert "sqlite" not in str(start_values(load(folder).pbx))
