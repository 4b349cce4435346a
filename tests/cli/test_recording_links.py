"""`pbx recordings link`, `pbx recordings links` and `pbx access` for the user who runs this."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from pbx.cli.main import run
from pbx.config.places import Places
from pbx.core.io.clock import utc_now
from pbx.lifecycle.io.archive import Archive, rules_of
from pbx.lifecycle.io.desk import Desk, open_desk
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.vault_client import VaultClient
from pbx.store.approvals import ApprovalStore
from pbx.store.database import Database
from tests.cli.conftest import Pbx
from tests.cli.test_listen import LOGGED, role

pytestmark = pytest.mark.requirement("REC-11")
Command = Callable[..., Coroutine[Any, Any, tuple[int, str, str]]]
TWO = "roles: {compliance: {approval: second person}, operator: {approval: second person}}\n"


@pytest.fixture
async def command(
    places: Places, database: Database, vault: VaultClient, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Command]:
    """A function that runs one command line against a desk whose user is a compliance officer."""
    role(places, "{role: compliance}")
    with (places.base / "config" / "pbx.yaml").open("a") as file:
        file.write("playback: {url: 'https://pbx.example'}\n")
    archive = Archive(database, LocalDirectory(places.var / "objects"), vault)
    server = await open_desk(places.desk_socket, Desk(archive, lambda: rules_of(places.base / "config")))

    async def command(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = await asyncio.to_thread(run, [*words, "--socket", str(places.desk_socket)])
        said = capsys.readouterr()
        kept = (line for line in said.out.splitlines(True) if all(level not in line for level in LOGGED))
        return code, "".join(line for line in kept if "[info" not in line), said.err

    yield command
    server.close()


def four_eyes(places: Places) -> None:
    file = places.base / "config" / "acme" / "access.yaml"
    file.write_text(TWO + file.read_text())


async def test_a_link_is_said_once_listed_and_revoked(command: Command, recording: str) -> None:
    words = ("recordings", "link", recording, "--purpose", "case 12", "--ticket", "T/1")
    code, out, err = await command(*words, "--range", "0:00.5-0:01", "--for", "5m", "--uses", "2")
    assert (code, out[:22], len(out)) == (0, "https://pbx.example/l/", 22 + 43 + 1)
    assert "to be opened until" in err and out.strip()[22:] not in err
    code, listed, _ = await command("recordings", "links", "list", "--json")
    (one,) = json.loads(listed)
    assert (one["span"], one["state"], one["uses"], one["ticket"]) == ("from 0.5 for 0.5", "open", 2, "T/1")
    assert out.strip()[22:] not in listed
    code, out, _ = await command("recordings", "links", "revoke", one["link"], "--json")
    assert (code, json.loads(out)["state"]) == (0, "revoked")
    code, _, err = await command("recordings", "links", "revoke", one["link"])
    assert (code, err) == (1, "pbx: it is revoked already\n")
    code, out, _ = await command(*words, "--json")
    assert set(json.loads(out)) == {"link", "url", "expires_at"}


@pytest.mark.requirement("D-12")
async def test_a_link_for_a_third_party_has_its_line_in_the_register(
    command: Command, pbx: Pbx, recording: str, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"please")
    refused, _, err = await command("recordings", "link", recording, "--purpose", "for the police")
    assert refused == 1 and "pbx recordings disclose" in err
    asked = (
        "recordings disclose {} --to Kent --purpose police --basis DPA --reference CR/1 --approver officer"
        " --asked 2020-01-01..2030-12-31"
    )
    words = (*asked.format(recording).split(), "--document", str(letter), "--json")
    line = (await pbx(*words, "--link")).json
    assert (line["form"], line["served_at"], line["size"]) == ("link", None, None)
    under = ("recordings", "link", recording, "--disclosure", line["disclosure"])
    code, out, err = await command(*under, "--range", "0:00-0:01")
    assert (code, out[:22]) == (0, "https://pbx.example/l/")
    assert "internal" not in err
    (found,) = (await pbx("recordings", "disclosures", "--json")).json
    assert (found["served_at"] is not None, found["span"]) == (True, "from 0 for 1")
    (made, *_) = (await pbx("recordings", "accesses", "--json")).json
    assert (made["kind"], made["purpose"]) == ("recording.link_made", f"disclosure {line['disclosure']}")
    as_file = (await pbx(*words, "--plain", "--out", str(tmp_path / "x"))).json
    for name in (line["disclosure"], as_file["disclosure"], "d9"):
        code, _, err = await command("recordings", "link", recording, "--disclosure", name)
        assert (code, "no disclosure of this recording waits for a link" in err) == (1, True), name
    code, _, err = await command("recordings", "link", recording, "--disclosure", "d", "--purpose", "case")
    assert code == 2


MISTAKES = (
    (("--range", "1:00"), 2, "is no range: write 1:00-2:30"),
    (("--range", "2-1"), 2, "ends before it begins"),
    (("--range", "5-"), 1, "--range is not in it: it is 2.0 s long"),
    (("--for", "15"), 2, "--for: "),
    (("--for", "2d"), 1, "--for is between a minute and 24 hours"),
    (("--uses", "11"), 1, "--uses is between 1 and 10"),
)


async def test_mistakes(command: Command, recording: str) -> None:
    for more, code, message in MISTAKES:
        found, out, err = await command("recordings", "link", recording, "--purpose", "case 12", *more)
        assert (found, out) == (code, ""), more
        assert message in err


@pytest.mark.requirement("D-11")
async def test_what_takes_two_is_asked_listed_and_never_granted_by_oneself(
    command: Command, places: Places, recording: str
) -> None:
    four_eyes(places)
    code, _, err = await command("listen", "play", recording, "--purpose", "case 12")
    assert code == 1 and "a second person has to approve it" in err
    code, out, _ = await command("access", "requests", "--json")
    (one,) = json.loads(out)
    assert (one["state"], one["purpose"]) == ("open", "case 12")
    for verb in ("approve", "deny"):
        code, _, err = await command("access", verb, one["request"])
        assert (code, err) == (1, "pbx: nobody approves what he has asked for himself\n")
    code, _, err = await command("access", "break-glass", recording, "--purpose", "case 12", "--reason", " ")
    assert code == 2 and "--reason is needed" in err
    words = ("access", "break-glass", recording, "--purpose", "case 12", "--reason", "a child is missing")
    code, out, _ = await command(*words, "--json")
    assert (code, json.loads(out)["state"]) == (0, "broken_glass")
    code, _, err = await command("access", "seen", json.loads(out)["request"])
    assert (code, err) == (1, "pbx: nobody looks into what he has done himself\n")
    code, out, _ = await command("recordings", "link", recording, "--purpose", "case 12")
    assert (code, out[:22]) == (0, "https://pbx.example/l/")


@pytest.mark.requirement("D-11")
async def test_the_operator_asks_too_where_it_is_written(
    pbx: Pbx, places: Places, database: Database, recording: str, tmp_path: Path
) -> None:
    role(places, "{role: compliance}")
    words = ("recordings", "export", recording, "--wav", "--purpose", "case 12", "--out")
    assert (await pbx(*words, str(tmp_path / "1.wav"))).code == 0
    four_eyes(places)
    answer = await pbx(*words, str(tmp_path / "2.wav"))
    assert answer.code == 1 and "a second person has to approve it" in answer.err
    assert not (tmp_path / "2.wav").exists()
    assert (await pbx("recordings", "show", recording)).code == 0  # no sound
    approvals = ApprovalStore(database)
    (asked,) = await approvals.list(["acme"], None, 10)
    assert await approvals.decide(asked, "approved", ("eve", 4711), utc_now())
    assert (await pbx(*words, str(tmp_path / "2.wav"))).code == 0
    (newest, *_) = (await pbx("recordings", "accesses", recording, "--json")).json
    assert newest["request"] == asked.request


async def test_without_a_desk(command: Command, places: Places, recording: str) -> None:
    places.desk_socket.unlink()
    code, _, err = await command("recordings", "links")
    assert code == 1 and "the PBX does not run" in err
