"""`pbx recordings restrict`, `lift`, `restrictions` and `accesses` over a real installation."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from pbx.cli.vault import actor
from pbx.config.places import Places

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def taken(recording: str, out: Path) -> list[tuple[str, ...]]:
    """Every way in which sound is given out."""
    export = ("recordings", "export", recording, "--out", str(out), "--purpose", "complaint")
    play = ("recordings", "play", recording, "--purpose", "complaint", "--from", "1", "--for", "0.5")
    return [export, (*export, "--wav"), (*export, "--evidence"), play]


@pytest.mark.requirement("D-05")
@pytest.mark.requirement("D-09")
async def test_a_restricted_recording_is_given_to_nobody(pbx: Pbx, recording: str, tmp_path: Path) -> None:
    assert (await pbx("recordings", "restrict", recording, "--reason", "contested")).code == 0
    (row,) = (await pbx("recordings", "restrictions", "--json")).json
    assert (row["recording"], row["reason"], row["actor"]) == (recording, "contested", actor())
    out = tmp_path / "out"
    for words in taken(recording, out):
        said = await pbx(*words)
        why = "rec-1 is restricted by a restriction (contested): nobody plays it or takes it out"
        assert (said.code, said.out, said.err) == (1, "", f"pbx: {why}\n")
    assert not out.exists()
    tries = (await pbx("recordings", "accesses", "--json")).json
    assert [row["form"] for row in tries] == ["pipe", "evidence", "wav", "age"]
    assert {row["kind"] for row in tries} == {"recording.refused"}
    assert (await pbx("recordings", "lift", recording, "--reason", "corrected")).code == 0
    assert (await pbx("recordings", "lift", recording, "--reason", "corrected")).code == 1
    assert [(await pbx(*words)).code for words in taken(recording, out)[:1]] == [0]
    assert (await pbx("recordings", "verify", recording)).code == 0
    assert (await pbx("audit", "verify")).code == 0


@pytest.mark.requirement("D-05")
async def test_what_somebody_wants_erased_and_a_hold_keeps_is_restricted(
    pbx: Pbx, recording: str, tmp_path: Path
) -> None:
    await pbx("recordings", "hold", recording, "--reason", "claim", "--case", "12")
    await pbx("recordings", "erase", recording, "--reason", "letter")
    said = await pbx(*taken(recording, tmp_path / "out")[0])
    assert (said.code, "an erasure that was asked for" in said.err) == (1, True)


@pytest.mark.requirement("D-12")
async def test_what_leaves_does_so_for_a_purpose_of_the_house_or_not_at_all(
    pbx: Pbx, recording: str, tmp_path: Path, places: Places
) -> None:
    out = tmp_path / "out"
    for words in (*taken(recording, out), (*taken(recording, out)[0], "--opus")):
        said = await pbx(*(word.replace("complaint", "for the police") for word in words))
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
        assert "by `pbx recordings disclose`" in said.err and "complaint" in said.err
    assert not out.exists() and not places.vault_audit.read_text().count("police")
    tries = (await pbx("recordings", "accesses", "--json")).json
    assert [row["form"] for row in tries] == ["opus", "pipe", "evidence", "wav", "age"]
    assert {row["forbidden_by"] for row in tries} == {"access:not_internal"}
    (places.base / "config" / "acme" / "access.yaml").write_text("internal_purposes: [For the Police]\n")
    said = await pbx(
        *(word.replace("complaint", "for the police, PC 12") for word in taken(recording, out)[0])
    )
    assert said.code == 0
    assert (await pbx(*taken(recording, out)[0])).code == 1, "the list is closed"
    (given,) = (await pbx("recordings", "accesses", "--json")).json[1:2]
    assert (given["internal"], given["purpose"]) == ("For the Police", "for the police, PC 12")


@pytest.mark.requirement("D-09")
async def test_who_looked_and_played_is_listed(pbx: Pbx, recording: str, tmp_path: Path) -> None:
    await pbx("recordings", "show", recording)
    await pbx(*taken(recording, tmp_path / "out")[0])
    assert (await pbx("recordings", "play", recording, "--purpose", "case", "--from", "9")).code == 1
    rows = (await pbx("recordings", "accesses", recording, "--json")).json
    assert [(row["form"], row["purpose"], row["span"], row["actor"]) for row in rows] == [
        ("pipe", "case", "from 9 for all", actor()),
        ("age", "complaint", "", actor()),
        ("show", "", "", actor()),
    ]
    table = await pbx("recordings", "accesses", "--limit", "1")
    assert (table.code, "from 9 for all" in table.out) == (0, True)
    assert (await pbx("recordings", "accesses", "rec-9", "--json")).json == []


async def test_a_restriction_needs_a_recording_and_a_reason(pbx: Pbx, recording: str) -> None:
    assert (await pbx("recordings", "restrict", "rec-9", "--reason", "x")).code == 1
    assert (await pbx("recordings", "restrict", recording, "--reason", " ")).code == 2
    assert (await pbx("recordings", "restrict", recording, "--reason", "x" * 129)).code == 2
    assert (await pbx("recordings", "restrict", recording, "--reason", "x" * 128)).code == 0
