"""The listening desk over a real vault, database and objects; who asks is whom the kernel names."""

import asyncio
import json
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from sqlalchemy import update

from pbx.core.errors import ConfigError
from pbx.core.io.channel import connect
from pbx.core.io.clock import utc_now
from pbx.core.io.peer import user_name
from pbx.lifecycle.desk_messages import (
    MAX_PURPOSE,
    REPLIES,
    REQUESTS,
    AskRecordings,
    AskSound,
    DeskReply,
    DeskRequest,
    RecordingsAre,
    Refused,
    Sound,
    SoundIsWhole,
)
from pbx.lifecycle.io import desk as desk_module
from pbx.lifecycle.io.archive import Archive, Rules
from pbx.lifecycle.io.desk import MAX_OF_ONE, Desk, open_desk
from pbx.lifecycle.listening import Listener
from pbx.lifecycle.restriction import Restriction
from pbx.lifecycle.retention import RetentionPolicy, Term
from pbx.recording.io.vault_client import VaultClient
from pbx.store.accesses import AccessStore
from pbx.store.restrictions import RestrictionStore
from pbx.store.tables import Call, Leg, Recording
from tests.integration.another_user import NOBODY, another_user
from tests.integration.dumpable import is_dumpable
from tests.integration.finaliser_site import MARKER, N_FRAMES, Site, journal, open_site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("REC-11")]
BOB, ADA, EVE, STRANGER = NOBODY, 1, 2, 3
RECORDINGS = ("rec1", "rec2", "rec3", "rec4")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WHOLE = len(MARKER) * N_FRAMES * 2 + 58
UNKNOWN = "there is no such recording that you may hear"


@dataclass
class Room:
    """A desk over a site, and its rules, which a test may change; what is on record is since `begin`."""

    site: Site
    path: Path
    rules: Rules
    problem: ConfigError | None = None
    _before: tuple[int, int] = (0, 0)

    def read(self) -> Rules:
        if self.problem is not None:
            raise self.problem
        return self.rules

    async def begin(self) -> None:
        self._before = (0, 0)
        self._before = (len(await self.accesses()), len(self.keys_given()))

    async def ask(self, uid: int, request: DeskRequest) -> list[DeskReply]:
        with another_user(uid):
            channel = await connect(self.path, REPLIES, REQUESTS)
        channel.send(request)
        replies = []
        while (reply := await asyncio.wait_for(channel.receive(), 5)) is not None:
            replies.append(reply)
        channel.close()
        return replies

    async def refusal(self, uid: int, request: DeskRequest) -> str:
        (reply,) = await self.ask(uid, request)
        assert isinstance(reply, Refused)
        return reply.reason

    async def accesses(self) -> list[dict[str, str | int | None]]:
        """Oldest first."""
        listed = await AccessStore(self.site.database).list(1000)
        return [{"kind": fact.kind, **fact.details} for _, fact in reversed(listed)][self._before[0] :]

    def keys_given(self) -> list[tuple[str, str, str]]:
        lines = [json.loads(line) for line in (self.site.root / "audit").read_text().splitlines()]
        given = [
            line for line in lines if line["kind"] == "recording.unwrapped" and line["actor"] != "finaliser"
        ]
        return [(line["recording"], line["actor"], line["purpose"]) for line in given][self._before[1] :]


def play(recording: str = "rec1", purpose: str = "quality", **more: int) -> AskSound:
    return AskSound(recording=recording, purpose=purpose, form="play", **more)


async def call(site: Site, recording: str, party: str) -> None:
    """Give a recording a call of its own, in which an extension took part and another did not."""
    async with site.database.writing() as session:
        await session.execute(
            update(Recording).where(Recording.recording == recording).values(call=f"c-{recording}")
        )
        session.add(
            Call(
                call=f"c-{recording}",
                tenant="acme",
                direction="inbound",
                called=b"",
                offered_at=AT,
                ended_by="",
                cause="",
                route="",
                recording=recording,
                recording_state="recorded",
                recording_reason="",
                consents=[],
                verification="",
                customer="",
                verstat="",
                attestation="",
            )
        )
        for n, (who, answered_at) in enumerate(((party, AT), ("extension/1009", None))):
            session.add(
                Leg(
                    call=f"c-{recording}",
                    leg=f"l{n}",
                    position=n,
                    role="callee",
                    party=who,
                    offered_at=AT,
                    answered_at=answered_at,
                    cause="",
                )
            )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[Room]:
    """rec1 and rec4 of extension 1001, rec2 of 1002, rec3 without a record of its call."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        async with open_site(Path(folder)) as site:
            for name in RECORDINGS:
                await journal(site, name)
            assert await site.finaliser().scan(0.0) == len(RECORDINGS)
            for name, party in (("rec1", "1001"), ("rec2", "1002"), ("rec4", "1001")):
                await call(site, name, f"extension/{party}")
            async with serving(site, Path(folder) / "desk" / "s") as one:
                yield one


@pytest_asyncio.fixture(loop_scope="module")
async def room(opened: Room) -> AsyncIterator[Room]:
    before = opened.rules
    await opened.begin()
    yield opened
    opened.rules, opened.problem = before, None


@asynccontextmanager
async def serving(site: Site, path: Path) -> AsyncIterator[Room]:
    days = (utc_now() - AT).days + 1
    listeners = (
        Listener(
            user=user_name(BOB),
            tenant="acme",
            role="listener",
            parties=frozenset({"extension/1001", "extension/1009"}),
            purposes=frozenset({"quality", "fraud"}),
        ),
        Listener(user=user_name(ADA), tenant="acme", role="compliance"),
        Listener(user=user_name(EVE), tenant="acme", role="admin"),
    )
    policy = RetentionPolicy(
        otherwise=Term(days=days), terms={"fraud": Term(days=1)}, purposes=("quality", "fraud")
    )
    one = Room(site, path, Rules(listeners=listeners, retention={"acme": policy}))
    server = await open_desk(path, Desk(Archive(site.database, site.store, site.vault), one.read))
    yield one
    server.close()


async def test_a_listener_hears_his_call_and_it_is_on_the_record(room: Room) -> None:
    *pieces, end = await room.ask(BOB, play())
    octets = b"".join(piece.octets for piece in pieces if isinstance(piece, Sound))
    assert end == SoundIsWhole(n_octets=WHOLE)
    assert octets[58:][0::2] == MARKER * N_FRAMES
    (access,) = await room.accesses()
    assert (access["kind"], access["recording"], access["actor"]) == ("recording.exported", "rec1", "nobody")
    assert (access["purpose"], access["form"]) == ("quality", "play")
    assert room.keys_given() == [("rec1", "nobody", "quality")]


async def test_a_part_is_given_and_named(room: Room) -> None:
    pieces = await room.ask(BOB, play(start_ms=500, length_ms=1000))
    assert pieces[-1] == SoundIsWhole(n_octets=58 + 2 * 8000)
    assert (await room.accesses())[0]["span"] == "from 0.5 for 1"
    assert await room.refusal(BOB, play(start_ms=2000)) == "it is 2.0 s long"
    assert (await room.ask(BOB, play(start_ms=1999)))[-1] == SoundIsWhole(n_octets=58 + 2 * 8)


REFUSED = [
    (BOB, "rec2", "quality", "unknown", UNKNOWN),
    (BOB, "rec3", "quality", "unknown", UNKNOWN),
    (STRANGER, "rec1", "quality", "unknown", UNKNOWN),
    (0, "rec1", "quality", "unknown", UNKNOWN),
    (BOB, "rec1", "evidence", "purpose", "that is no purpose for which you may hear recordings"),
    (BOB, "rec1", "fraud", "purpose_ended", "it is not kept for that purpose any more"),
    (EVE, "rec1", "quality", "role", "your role hears no recordings"),
]


@pytest.mark.requirement("D-08")
@pytest.mark.requirement("D-11")
async def test_what_is_refused_is_on_the_record_and_no_key_is_asked_for(room: Room) -> None:
    for uid, recording, purpose, _, told in REFUSED:
        assert await room.refusal(uid, play(recording, purpose)) == told
    accesses = await room.accesses()
    assert {access["kind"] for access in accesses} == {"recording.refused"}
    said = [(one["actor"], one["recording"], one["purpose"], one["forbidden_by"]) for one in accesses]
    assert said == [(user_name(uid), name, why, f"access:{reason}") for uid, name, why, reason, _ in REFUSED]
    assert room.keys_given() == []


async def test_a_name_that_does_not_exist_looks_like_one_of_somebody_else(room: Room) -> None:
    assert await room.refusal(BOB, play("rec9")) == UNKNOWN


async def test_compliance_hears_all_of_its_tenant(room: Room) -> None:
    for name in RECORDINGS:
        assert isinstance((await room.ask(ADA, play(name, "case 12")))[-1], SoundIsWhole)
    other = tuple(replace(one, tenant="other") for one in room.rules.listeners)
    room.rules = replace(room.rules, listeners=other)
    assert await room.refusal(ADA, play()) == UNKNOWN


async def test_each_sees_what_he_may_know_of(room: Room) -> None:
    seen = {}
    for uid in (BOB, ADA, EVE, STRANGER):
        (reply,) = await room.ask(uid, AskRecordings(limit=10))
        assert isinstance(reply, RecordingsAre)
        seen[uid] = sorted(one.recording for one in reply.recordings)
    every = list(RECORDINGS)
    assert seen == {BOB: ["rec1", "rec4"], ADA: every, EVE: every, STRANGER: []}
    (reply,) = await room.ask(BOB, AskRecordings(limit=1))
    assert isinstance(reply, RecordingsAre)
    (one,) = reply.recordings
    assert (one.parties, one.purposes, one.duration_ms) == (("extension/1001",), ("quality",), 2000)


async def test_the_age_of_what_may_be_heard_holds_for_the_list_too(room: Room) -> None:
    bob, *others = room.rules.listeners
    room.rules = replace(room.rules, listeners=(replace(bob, within=timedelta(hours=24)), *others))
    assert await room.ask(BOB, AskRecordings(limit=10)) == [RecordingsAre(recordings=())]
    assert await room.refusal(BOB, play()) == "it is older than what you may hear"


@pytest.mark.requirement("D-10")
async def test_what_is_restricted_is_heard_by_nobody(room: Room) -> None:
    restriction = Restriction(
        restriction="r", recording="rec4", tenant="acme", reason="contested", actor="a", since_at=AT
    )
    assert await RestrictionStore(room.site.database).place(restriction)
    assert await room.refusal(ADA, play("rec4", "case 12")) == "it is restricted: nobody hears it"
    assert room.keys_given() == []


async def test_a_purpose_is_a_line(room: Room) -> None:
    for purpose in ("", " ", "x" * (MAX_PURPOSE + 1), "a\nb"):
        assert "--purpose" in await room.refusal(ADA, play(purpose=purpose))
    assert isinstance((await room.ask(ADA, play(purpose="x" * MAX_PURPOSE)))[-1], SoundIsWhole)


async def test_a_mistake_in_the_rules_lets_nobody_in(room: Room) -> None:
    room.problem = ConfigError("access.yaml", 1, 1, "people", "wrong")
    assert await room.refusal(ADA, play()) == "the configuration has a mistake: see `pbx check`"
    assert room.keys_given() == []


async def test_without_a_vault_or_with_a_damaged_object_nothing_is_called_whole(room: Room) -> None:
    row = await room.site.row("rec2")
    path = room.site.objects / row.object_key
    path.write_bytes(path.read_bytes()[:-1])
    assert (await room.refusal(ADA, play("rec2"))).startswith("it cannot be given out now: ")
    away = replace(room.site, vault=VaultClient(room.site.root / "nobody"))
    async with serving(away, room.site.root / "desk" / "t") as other:
        assert await other.ask(ADA, play()) == []  # the connection ends without a word


async def test_a_user_has_so_many_connections_and_no_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with another_user(BOB):
        waiting = [await connect(room.path, REPLIES, REQUESTS) for _ in range(MAX_OF_ONE)]
    assert "too many" in await room.refusal(BOB, play())
    assert isinstance((await room.ask(ADA, play()))[-1], SoundIsWhole)
    waiting[0].send(play())
    while await waiting[0].receive() is not None:
        pass
    assert isinstance((await room.ask(BOB, play()))[-1], SoundIsWhole)
    monkeypatch.setattr(desk_module, "MAX_CLIENTS", MAX_OF_ONE - 1)
    assert "too many" in await room.refusal(ADA, play())
    for one in waiting:
        one.close()


async def test_the_process_lets_everybody_ask_and_keeps_its_keys(room: Room) -> None:
    root = room.site.root
    config = root / "finaliser.json"
    settings = {"spool": str(room.site.spool), "vault": str(root / "v"), "config": str(root / "config")}
    settings |= {"database": f"sqlite+aiosqlite:///{root}/pbx.db"}
    store = {"kind": "local", "directory": str(room.site.objects)}
    config.write_text(json.dumps(settings | {"store": store}))
    path = root / "desk" / "process"
    words = ("-m", "pbx.lifecycle.io.desk", "--config", str(config), "--socket", str(path))
    process = await asyncio.create_subprocess_exec(sys.executable, *words)
    async with asyncio.timeout(20):
        while not (path.exists() and stat.S_IMODE(path.stat().st_mode) == 0o666):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # another process raises no event of ours
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
    assert not is_dumpable(process.pid)
    other = replace(room, path=path)
    assert "configuration has a mistake" in await other.refusal(ADA, play())  # there is none
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert not path.exists()
