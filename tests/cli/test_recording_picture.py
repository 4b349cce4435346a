"""`pbx recordings show --png`: a picture of a real recording, on the record, for its owner only."""

import json
import stat
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text

from pbx.cli.recordings import MAX_PURPOSE
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.recording.picture import ink
from pbx.recording.picture.canvas import EDGE, EDGE_TOP, HEIGHT
from pbx.recording.picture.paint import Frame, text_width
from pbx.recording.picture.scene import LEFT, PLOT, WIDTH, compose
from pbx.store.audit import AuditStore
from pbx.store.database import Database

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def command(recording: str, out: Path, *more: str) -> tuple[str, ...]:
    return ("recordings", "show", recording, "--png", str(out), "--purpose", "complaint 12", *more)


def share(picture: Image.Image, colour: ink.Colour, rows: tuple[int, int]) -> float:
    """How much of these rows of a lane has a colour; the file has rounded colours."""
    box = np.asarray(picture.convert("RGB").crop((LEFT, rows[0], LEFT + PLOT, rows[1])), int)
    return float((np.abs(box - colour).sum(axis=2) < 12).mean())


@pytest.mark.requirement("E-07")
async def test_a_picture_is_on_the_record_and_for_its_owner(
    pbx: Pbx, recording: str, places: Places, database: Database, tmp_path: Path
) -> None:
    out = tmp_path / "call.png"
    said = await pbx(*command(recording, out))
    assert (said.code, said.err, said.out) == (0, "", f"{out}: {out.stat().st_size} octets\n")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    line = json.loads(places.vault_audit.read_text().splitlines()[-1])
    assert (line["actor"], line["purpose"], line["recording"]) == (actor(), "complaint 12", recording)
    (fact,) = [fact for _, fact in await AuditStore(database).list() if fact.kind == "recording.exported"]
    assert (fact.details["form"], fact.details["purpose"]) == ("png", "complaint 12")


async def test_one_channel_speaks_and_the_other_was_sent_nothing(
    pbx: Pbx, recording: str, tmp_path: Path
) -> None:
    out = tmp_path / "call.png"
    await pbx(*command(recording, out))
    shown = (await pbx("recordings", "show", recording, "--json")).json["manifest"]
    picture, frame = Image.open(out), Frame.of(compose(shown, text_width))
    assert picture.size == (WIDTH, frame.height)
    (first, second), strip = frame.lanes, HEIGHT + EDGE_TOP
    assert share(picture, ink.BLUE, (first, first + HEIGHT)) > 0.1
    assert share(picture, ink.GREEN, (second, second + HEIGHT)) == 0.0
    nothing = ink.HATCHES["silence"].colour
    assert share(picture, nothing, (second + strip, second + strip + EDGE)) > 0.9
    assert share(picture, nothing, (first + strip, first + strip + EDGE)) < 0.1


async def test_nothing_is_replaced_without_force(pbx: Pbx, recording: str, tmp_path: Path) -> None:
    out = tmp_path / "call.png"
    out.write_bytes(b"mine")
    said = await pbx(*command(recording, out))
    assert (said.code, said.err) == (1, f"pbx: {out} exists already: give --force to replace it\n")
    assert out.read_bytes() == b"mine"
    assert (await pbx(*command(recording, out, "--force"))).code == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--png", "a.png"), "--purpose of at most 128 characters is needed"),
        (("--png", "a.png", "--purpose", "x" * (MAX_PURPOSE + 1)), "--purpose of at most 128"),
        (("--png", "a.png", "--purpose", "x", "--json"), "give --png or --json, not both"),
        (("--purpose", "x"), "--purpose and --force belong to --png"),
        (("--force",), "--purpose and --force belong to --png"),
    ],
)
async def test_options_that_do_not_go_together(pbx: Pbx, words: tuple[str, ...], says: str) -> None:
    said = await pbx("recordings", "show", "rec-1", *words)
    assert said.code == 2
    assert said.err.startswith(f"pbx: {says}")


async def test_damage_leaves_no_file(pbx: Pbx, recording: str, places: Places, tmp_path: Path) -> None:
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.is_file())
    octets = bytearray(file.read_bytes())
    octets[-1] ^= 1
    file.write_bytes(octets)
    said = await pbx(*command(recording, tmp_path / "call.png"))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert list(tmp_path.glob("call.png*")) == []


async def test_a_manifest_that_is_not_ours_is_not_drawn(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    async with database.writing() as session:
        await session.execute(text("UPDATE recordings SET signature = zeroblob(64)"))
    said = await pbx(*command(recording, tmp_path / "call.png"))
    assert said.code == 1
    assert said.err == "pbx: rec-1: the manifest's signature is wrong, so a picture would prove nothing\n"
    assert list(tmp_path.glob("call.png*")) == []


async def test_no_picture_when_it_cannot_be_recorded(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    async with database.writing() as session:
        await session.execute(text("DROP TABLE audit_leaves"))
    assert (await pbx(*command(recording, tmp_path / "call.png"))).code == 1
    assert list(tmp_path.glob("call.png*")) == []


@pytest.mark.requirement("D-09")
async def test_a_restricted_recording_is_not_drawn(pbx: Pbx, recording: str, tmp_path: Path) -> None:
    assert (await pbx("recordings", "restrict", recording, "--reason", "contested")).code == 0
    said = await pbx(*command(recording, tmp_path / "call.png"))
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "restricted" in said.err
    assert list(tmp_path.glob("call.png*")) == []
