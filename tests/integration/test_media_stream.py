"""A caller and a voice bot through a real media worker: each is measured to hear the other."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.core.secret import Secret
from pbx.media import g711
from pbx.media.effects import BridgeLegs, CloseLeg, CloseStream, OpenStream, SetSecure
from pbx.media.events import LegFailed, StreamEnded, StreamStarted
from pbx.media.stream_messages import signature
from tests.authority import Authority
from tests.integration.media_parties import (
    CALL,
    MU,
    A,
    B,
    Party,
    Signalling,
    attach,
    connected,
    started_worker,
)
from tests.integration.test_transcoding import FORMATS
from tests.integration.voice_bot import Bot, Bots, bots
from tests.integration.voices import compare, listen, speech_like, talk

pytestmark = pytest.mark.requirement("MED-14")
SECONDS = 1.2
LOUD = 1000.0  # rms; the voices have 4000
FRAME_S = 0.02


@pytest.fixture
async def town() -> AsyncIterator[Bots]:
    async with bots() as server:
        yield server


def opening(url: str, **more: object) -> OpenStream:
    fields: dict[str, object] = {"parameters": {"language": "de"}} | more
    return OpenStream(leg=A, stream="MZ1", account="acme", url=Secret(url), **fields)  # type: ignore[arg-type]


async def answered(pbx: Signalling, town: Bots, party: Party, fmt: AudioFormat = MU) -> Bot:
    """A caller who talks with a bot."""
    await attach(pbx, A, party, fmt)
    pbx.send(opening(town.url))
    bot = await town.call()
    await pbx.expect(StreamStarted)
    return bot


def is_loud(pcm: bytes) -> bool:
    return float(np.std(np.frombuffer(pcm, "<i2").astype(float))) > LOUD


async def loud_until_quiet(party: Party) -> tuple[float, float]:
    """When the first and the last loud packet before five quiet ones came."""
    first = last = 0.0
    n_quiet = 0
    while n_quiet < 5 or not first:
        pcm, _ = await listen_one(party)
        if is_loud(pcm):
            last, n_quiet = time.monotonic(), 0
            first = first or last
        else:
            n_quiet += 1
    return first, last


async def listen_one(party: Party) -> tuple[bytes, int]:
    packet, payload = await party.receive()
    return g711.decode(payload, "PCMU"), packet.rtp_time


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722", "opus"])
async def test_caller_and_bot_hear_each_other(
    pbx: Signalling, town: Bots, parties: tuple[Party, Party], codec: str
) -> None:
    caller, fmt = parties[0], FORMATS[codec]
    bot = await answered(pbx, town, caller, fmt)
    said = speech_like(1, SECONDS), speech_like(2, SECONDS)
    listening = asyncio.ensure_future(listen(caller, fmt, SECONDS + 0.4))
    await bot.say(said[1])
    await talk(caller, fmt, said[0])
    to_caller, to_bot = compare(said[1], (await listening)[0]), compare(said[0], bot.heard())
    assert min(to_caller.likeness, to_bot.likeness) > 0.95
    assert max(abs(to_caller.gain_db), abs(to_bot.gain_db)) < 1.0
    start = bot.of("start")[0]["start"]
    assert (start["callSid"], start["accountSid"], start["streamSid"]) == (CALL, "acme", "MZ1")
    assert start["customParameters"] == {"language": "de"}
    assert bot.messages[0][1]["event"] == "connected"
    numbers = [int(message["sequenceNumber"]) for _, message in bot.messages[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    times = [int(message["media"]["timestamp"]) for message in bot.of("media")]
    assert times == sorted(times)
    assert abs(np.polyfit(range(len(times)), times, 1)[0] - 20) < 1


async def test_an_echo_bot(pbx: Signalling, town: Bots, parties: tuple[Party, Party]) -> None:
    async def echo(bot: Bot) -> None:
        for n in range(1, 500):
            message = await bot.expect("media", n)
            await bot.send("media", {"payload": message["media"]["payload"]})

    town.answer = echo
    said = speech_like(3, SECONDS)
    await answered(pbx, town, parties[0])
    listening = asyncio.ensure_future(listen(parties[0], MU, SECONDS + 0.4))
    await talk(parties[0], MU, said)
    heard = compare(said, (await listening)[0])
    assert heard.likeness > 0.99
    assert abs(heard.gain_db) < 0.5


async def test_a_mark_comes_when_the_caller_has_heard_what_is_before_it(
    pbx: Signalling, town: Bots, parties: tuple[Party, Party]
) -> None:
    bot = await answered(pbx, town, parties[0])
    listening = asyncio.ensure_future(loud_until_quiet(parties[0]))
    await bot.say(speech_like(4, 0.3))
    await bot.mark("half")
    await bot.say(speech_like(4, 0.3))
    await bot.mark("whole")
    await bot.expect("mark", 2)
    first, last = await listening
    assert [mark["mark"]["name"] for mark in bot.of("mark")] == ["half", "whole"]
    half, whole = bot.when("mark")
    assert abs(half - first - 0.3) < FRAME_S
    assert abs(whole - last - FRAME_S) < FRAME_S


async def test_barge_in_silences_the_bot_within_one_packet(
    pbx: Signalling, town: Bots, parties: tuple[Party, Party]
) -> None:
    """The bot clears when the caller speaks; what it had said ahead is 5 s."""
    caller = parties[0]
    bot = await answered(pbx, town, caller)
    cleared = 0.0

    async def barge() -> None:
        nonlocal cleared
        n = len(bot.of("media"))
        while not is_loud(bot.heard()[-320:]):
            n += 1
            await bot.expect("media", n)
        await bot.send("clear")
        cleared = time.monotonic()

    listening = asyncio.ensure_future(loud_until_quiet(caller))
    await bot.say(speech_like(5, 5.0))
    await bot.mark("never heard")
    for _ in range(10):
        await listen_one_more(bot)
    barging = asyncio.ensure_future(barge())
    began = time.monotonic()
    await talk(caller, MU, speech_like(6, 0.5))
    await barging
    first, last = await listening
    assert last - first > 0.15  # it was heard before
    assert last - cleared <= FRAME_S
    assert last - began < 0.3  # the ear's buffer is part of it
    assert (await bot.expect("mark"))["mark"]["name"] == "never heard"
    assert bot.when("mark")[0] - cleared < FRAME_S


async def listen_one_more(bot: Bot) -> None:
    await bot.expect("media", len(bot.of("media")) + 1)


async def test_keys_are_told_except_during_secure_entry(
    pbx: Signalling, town: Bots, parties: tuple[Party, Party]
) -> None:
    caller, said = parties[0], speech_like(7, 0.4)
    bot = await answered(pbx, town, caller)
    caller.press("5")
    assert (await bot.expect("dtmf"))["dtmf"] == {"track": "inbound_track", "digit": "5"}
    pbx.send(SetSecure(leg=A, on=True))
    await pbx.settle()
    before = len(bot.of("media"))
    await talk(caller, MU, said)
    caller.press("6")
    await bot.expect("media", before + 30)
    secret = bot.heard()[before * 320 + 640 :]
    assert not any(secret)
    pbx.send(SetSecure(leg=A, on=False))
    for second in range(5):
        await talk(caller, MU, said)
        if is_loud(bot.heard()[-320:]):
            break
        assert second < 4, "the secret is over"
    caller.press("7")
    assert (await bot.expect("dtmf", 2))["dtmf"]["digit"] == "7"


async def test_a_bot_takes_the_place_of_the_peer(
    pbx: Signalling, town: Bots, parties: tuple[Party, Party]
) -> None:
    """The peer goes on hearing the caller; when the bot has left it is heard again."""
    caller, peer = parties
    await attach(pbx, B, peer)
    bot = await answered(pbx, town, caller)
    pbx.send(BridgeLegs(a=A, b=B))
    await pbx.settle()
    said = speech_like(8, SECONDS), speech_like(9, SECONDS), speech_like(10, SECONDS)
    at_caller = asyncio.ensure_future(listen(caller, MU, SECONDS + 0.4))
    at_peer = asyncio.ensure_future(listen(peer, MU, SECONDS + 0.4))
    await bot.say(said[2])
    await asyncio.gather(talk(caller, MU, said[0]), talk(peer, MU, said[1]))
    heard = (await at_caller)[0]
    assert compare(said[2], heard).likeness > 0.95
    assert compare(said[1], heard).likeness < 0.5
    assert compare(said[0], (await at_peer)[0]).likeness > 0.95
    await bot.socket.close()
    assert (await pbx.expect(StreamEnded)).reason == "bot_closed"
    while not caller.is_quiet():
        pass  # what came of the bot while the voices were compared
    listening = asyncio.ensure_future(listen(caller, MU, SECONDS + 0.4))
    await talk(peer, MU, said[1])
    assert compare(said[1], (await listening)[0]).likeness > 0.99


async def test_a_flooding_bot_waits_and_harms_nobody(
    pbx: Signalling, town: Bots, parties: tuple[Party, Party]
) -> None:
    """Half an hour of audio at once: most of it stays with the bot, and the call is as good as before."""
    caller = parties[0]
    n_sent = 0

    async def flood(bot: Bot) -> None:
        nonlocal n_sent
        for _ in range(1800):
            await bot.say(bytes(16_000))
            n_sent += 1

    town.answer = flood
    bot = await answered(pbx, town, caller)
    said = speech_like(11, SECONDS)
    await talk(caller, MU, said)
    await bot.expect("media", 80)
    assert compare(said, bot.heard()).likeness > 0.99
    assert 60 <= n_sent < 900  # the rest of what was sent waits in the sockets
    pbx.send(CloseStream(leg=A))
    assert (await pbx.expect(StreamEnded)).reason == "closed"
    assert not any(isinstance(event, LegFailed) for event in pbx.events)


async def test_the_end_of_the_leg_stops_the_stream(
    pbx: Signalling, town: Bots, parties: tuple[Party, Party]
) -> None:
    bot = await answered(pbx, town, parties[0])
    pbx.send(CloseLeg(leg=A))
    assert (await pbx.expect(StreamEnded)).reason == "closed"
    assert (await bot.expect("stop"))["stop"] == {"accountSid": "acme", "callSid": CALL}
    await asyncio.wait_for(bot.socket.wait_closed(), 5)
    assert bot.socket.close_code == 1000


async def test_tls_is_verified_and_the_url_signed(
    tmp_path: Path, parties: tuple[Party, Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("localhost", dns=("localhost",))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.chain, pair.key)
    for trusted, reason in ((True, "bot_closed"), (False, "certificate")):
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        else:
            monkeypatch.delenv("SSL_CERT_FILE")
        async with bots(tls) as town, started_worker(tmp_path):
            pbx = await connected(tmp_path)
            await attach(pbx, A, parties[0])
            pbx.send(opening(town.url, secret=Secret("key")))
            if trusted:
                bot = await town.call()
                assert town.headers[0]["X-Twilio-Signature"] == signature(town.url, Secret("key"))
                await bot.socket.close()
            assert (await pbx.expect(StreamEnded)).reason == reason
            await pbx.link.close()
