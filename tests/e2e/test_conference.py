"""Conferences and watched calls of the running PBX: who hears whom, by ear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import pytest
import pytest_asyncio
import yaml

from pbx.core.secret import Secret
from pbx.runner import rooms
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.desk import device
from tests.e2e.running import RunningPbx, free_port, prepare, running

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("CNF-03")]
ROOM, SHUT, PIN = "3000", "3001", "2468"
USERS = ("1001", "1002", "1003")
TONES = {"1001": 440.0, "1002": 1000.0, "1003": 1700.0}
CALL_S = 20.0
WINDOW = 2 * 8000  # octets: a second, of which at least HEARD_S is the tone
HEARD_S = 0.7
SHARE_DB = -12.0  # of the power of what is heard; three tones of one loudness have -4.8 dB each
ABSENT_DB = -30.0


@dataclass(frozen=True)
class Town:
    pbx: RunningPbx
    phones: dict[str, Phone]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One PBX of two media workers with two rooms, and three telephones."""
    base = tmp_path_factory.mktemp("conference")
    config = prepare(base)
    written = {
        "team": {"number": int(ROOM), "announce": "none"},
        "board": {"number": int(SHUT), "pin": PIN, "announce": "none"},
    }
    (config / "acme" / "conferences.yaml").write_text(yaml.safe_dump({"conferences": written}))
    extensions = config / "acme" / "extensions.yaml"
    carol = "{name: Carol, supervises: [group/support]}"
    extensions.write_text(extensions.read_text().replace("{name: Carol}", carol))
    settings = config / "pbx.yaml"
    settings.write_text(settings.read_text().replace("media: {}", "media: {workers: 2}"))
    async with running(base, free_port()) as pbx, AsyncExitStack() as stack:
        phones = {user: await stack.enter_async_context(device(pbx, user)) for user in USERS}
        yield Town(pbx, phones)


async def enter(town: Town, user: str, number: str = ROOM) -> PhoneCall:
    call = await town.phones[user].call(number)
    assert await call.wait_answered(CALL_S) == 200
    call.talk(TONES[user])
    return call


def hears(call: PhoneCall, user: str, after: int) -> bool | None:
    """Whether a tone is in the last second that a party heard; None = that second is not over."""
    if len(call.heard) < after + WINDOW:
        return None
    level = signal.level(signal.samples(call.heard[-WINDOW:]), TONES[user])
    return True if level > SHARE_DB else (False if level < ABSENT_DB else None)


async def heard(expected: dict[str, str], calls: dict[str, PhoneCall]) -> None:
    """Wait until everybody hears just those; `expected` names them for each."""
    after = {user: len(call.heard) for user, call in calls.items()}

    def is_so() -> bool:
        return all(
            hears(calls[user], other, after[user]) is (other in others.split())
            for user, others in expected.items()
            for other in USERS
        )

    async with asyncio.timeout(CALL_S):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def talks(town: Town, *parties: str) -> None:
    """Wait until one of these is shown as who talks, as `pbx conferences` reads it."""
    async with asyncio.timeout(CALL_S):
        while True:
            seats = rooms.read(town.pbx.places.rooms).get("acme/team", ())
            if any(seat.talks and seat.party in parties for seat in seats):
                return
            await asyncio.sleep(0.05)


async def leave(call: PhoneCall, keys: str) -> None:
    """Press keys the last of which ends the call, perhaps before it is released."""
    with suppress(ConnectionError):
        await call.send_digits(Secret(keys))
    assert await call.wait_ended(CALL_S) == "bye"


async def test_three_hear_each_other_and_never_themselves(town: Town) -> None:
    calls = {user: await enter(town, user) for user in USERS}
    await heard({"1001": "1002 1003", "1002": "1001 1003", "1003": "1001 1002"}, calls)
    await talks(town, "extension/1001", "extension/1002", "extension/1003")
    for user in ("1001", "1003"):
        await calls[user].send_digits(Secret("1"))
    await talks(town, "extension/1002")
    for user in ("1001", "1003"):
        await calls[user].send_digits(Secret("1"))
    await heard({"1001": "1002 1003", "1002": "1001 1003", "1003": "1001 1002"}, calls)
    await calls["1002"].send_digits(Secret("1"))
    await heard({"1001": "1003", "1002": "1001 1003", "1003": "1001"}, calls)
    await calls["1002"].send_digits(Secret("1"))
    await heard({"1001": "1002 1003", "1003": "1001 1002"}, calls)
    calls["1001"].hang_up()
    await heard({"1002": "1003", "1003": "1002"}, calls)
    await leave(calls["1003"], "#")
    calls["1002"].hang_up()
    log = (town.pbx.places.logs / "signalling.log").read_text()
    assert log.count("conference.joined room=team") == 3


async def test_a_room_opens_by_its_pin_and_not_by_another(town: Town) -> None:
    call = await town.phones["1001"].call(SHUT)
    assert await call.wait_answered(CALL_S) == 200
    await call.send_digits(Secret("1111"))
    await call.send_digits(Secret(PIN))
    other = await town.phones["1002"].call(SHUT)
    assert await other.wait_answered(CALL_S) == 200
    await other.send_digits(Secret(PIN))
    calls = {"1001": call, "1002": other}
    for user, one in calls.items():
        one.talk(TONES[user])
    await heard({"1001": "1002", "1002": "1001"}, calls)
    stranger = await town.phones["1003"].call(SHUT)
    assert await stranger.wait_answered(CALL_S) == 200
    await leave(stranger, "111122223333")
    for one in calls.values():
        one.hang_up()
    log = (town.pbx.places.logs / "signalling.log").read_text()
    assert "conference.refused room=board reason=PIN" in log
    assert PIN not in log


@pytest.mark.requirement("R-27")
async def test_a_supervisor_listens_whispers_and_barges_in(town: Town) -> None:
    """1003 supervises 1001, who talks with 1002: at each step, who hears whom."""

    async def picked_up() -> PhoneCall:
        call = await town.phones["1002"].incoming(CALL_S)
        call.answer()
        return call

    caller, callee = await asyncio.gather(enter(town, "1001", "1002"), picked_up())
    calls = {"1001": caller, "1002": callee}
    calls["1002"].talk(TONES["1002"])
    calls["1003"] = await enter(town, "1003", "*901001")
    listens = {"1001": "1002", "1002": "1001", "1003": "1001 1002"}
    await heard(listens, calls)
    for key, more in (("5", {"1001": "1002 1003"}), ("6", {"1001": "1002 1003", "1002": "1001 1003"})):
        await calls["1003"].send_digits(Secret(key))
        await heard(listens | more, calls)
    await calls["1003"].send_digits(Secret("4"))
    await heard(listens, calls)
    calls["1001"].hang_up()
    assert await calls["1003"].wait_ended(CALL_S) == "bye"
    stranger = await town.phones["1002"].call("*901001")
    assert await stranger.wait_answered(CALL_S) == 403
    log = (town.pbx.places.logs / "signalling.log").read_text()
    for fact in ("watch.began", "watch.mode", "watch.ended", "watch.refused"):
        assert fact in log


@pytest.mark.requirement("CF-22")
async def test_three_ways_talk_by_a_key_and_two_go_on_without_the_host(town: Town) -> None:
    """1001 has 1002 on hold and talks with 1003; who hears whom with the key, and without him."""

    async def reached(user: str) -> tuple[PhoneCall, PhoneCall]:
        async def picked_up() -> PhoneCall:
            call = await town.phones[user].incoming(CALL_S)
            call.answer()
            call.talk(TONES[user])
            return call

        mine, theirs = await asyncio.gather(enter(town, "1001", user), picked_up())
        return mine, theirs

    first, held = await reached("1002")
    first.hold()
    first.talk(0)
    host, other = await reached("1003")
    calls = {"1001": host, "1002": held, "1003": other}
    await heard({"1001": "1003", "1003": "1001"}, calls)
    await host.send_digits(Secret("*3"))
    await heard({"1001": "1002 1003", "1002": "1001 1003", "1003": "1001 1002"}, calls)
    host.hang_up()
    await heard({"1002": "1003", "1003": "1002"}, calls)
    assert await first.wait_ended(CALL_S) == "bye"
    held.hang_up()
    assert await other.wait_ended(CALL_S) == "bye"
    log = (town.pbx.places.logs / "signalling.log").read_text()
    for fact in ("three_way.began", "three_way.ended", "transfer.settled"):
        assert fact in log
