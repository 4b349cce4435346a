"""baresip-python as any number of telephones at once, each on an account of its own."""

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path

import numpy as np
import soxr
from baresip import Account, AudioNotActive, AudioRestarted, Config, Event
from baresip.audio import AudioInfo
from baresip.call import Call
from baresip.runtime import Runtime
from baresip.ua import UserAgent

from pbx.testphone.signal import Samples, samples
from tests.e2e.softphones.baresip_dialling import dialled
from tests.e2e.softphones.script import ANSWER_S, CALL_S, RATE, ready, write_wav
from tests.e2e.softphones.talkers import (
    HEARD_S,
    LIMIT_S,
    Talker,
    TalkOrders,
    audible_s,
    enough_file,
    heard_file,
    may_hang_up,
    talk_orders,
    voice,
)

FRAME_S = 0.02
AHEAD_S = 0.06
LOOK_S = 0.1
MEDIA = {"plain": (), "sdes": ("mediaenc=srtp-mand",), "dtls": ("mediaenc=dtls_srtp",)}


async def main(orders: TalkOrders) -> None:
    """Carry out the orders on one runtime; a process can only have one."""
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1", max_concurrent_calls=None))
    try:
        agents = [await _registered(runtime, orders, talker) for talker in orders.talkers]
        coming: list[asyncio.Queue[Call]] = [asyncio.Queue() for _ in agents]
        for agent, queue in zip(agents, coming, strict=True):
            agent.on_incoming(queue.put_nowait)
        ready()
        talks = zip(orders.talkers, agents, coming, strict=True)
        async with asyncio.TaskGroup() as group:
            for talker, agent, queue in talks:
                call = _call(runtime, talker, agent, queue)
                group.create_task(_talk(talker, call, orders.folder))
    finally:
        await runtime.close()


async def _registered(runtime: Runtime, orders: TalkOrders, talker: Talker) -> UserAgent:
    account = Account(
        user=talker.user,
        domain="acme.example",
        password=talker.password,
        registrar=f"127.0.0.1:{orders.port}",
        audio_codecs=tuple(talker.codecs),
        extra_params=MEDIA[talker.security],
    )
    agent = await UserAgent.create(runtime, account)
    await agent.register()
    return agent


async def _call(runtime: Runtime, talker: Talker, agent: UserAgent, coming: asyncio.Queue[Call]) -> Call:
    """Dial, or wait to be called."""
    if talker.number:
        return await dialled(runtime, agent, f"sip:{talker.number}@acme.example")
    return await asyncio.wait_for(coming.get(), CALL_S)


async def _talk(talker: Talker, calling: Awaitable[Call], folder: str) -> None:
    """One call from its beginning to its end."""
    call = await calling
    over = asyncio.Event()
    call.on(lambda told: over.set() if told.event is Event.CALL_CLOSED else None)
    if not talker.number:
        await call.answer()
    await call.wait_established(ANSWER_S)
    async with asyncio.TaskGroup() as group:
        enough = enough_file(folder, talker.user)
        sound = group.create_task(_sound(call, voice(talker.seed), over, enough))
        if talker.number:
            until = time.monotonic() + LIMIT_S
            while not may_hang_up(folder, talker) and time.monotonic() < until:
                await asyncio.sleep(LOOK_S)
            await call.hangup()
        await asyncio.wait_for(over.wait(), CALL_S)
    write_wav(heard_file(folder, talker.user), sound.result())


async def _sound(call: Call, said_pcm: bytes, over: asyncio.Event, enough: Path) -> bytes:
    """Keep the buffers of a call filled and empty until it is over; return what was heard at 8 kHz."""
    info = await _streams(call, over)
    heard, sound_s, n_judged = bytearray(), 0.0, 0
    judged = int(LOOK_S * info.rx_sample_rate) * 2 * info.rx_channels
    said, at = _resampled(said_pcm, RATE, info.tx_sample_rate, info.tx_channels), 0
    frame = int(AHEAD_S * info.tx_sample_rate) * 2 * info.tx_channels
    while not over.is_set():
        try:
            room = frame - call.audio.info().tx_buffered
            if room > 0:
                at = (at + call.audio.write((said[at:] + said)[:room])) % len(said)
            heard += call.audio.read(1 << 16)
            while len(heard) - n_judged >= judged and sound_s < HEARD_S:
                sound_s += audible_s(_mono(heard[n_judged : n_judged + judged], info))
                n_judged += judged
                if sound_s >= HEARD_S:
                    enough.touch()
        except (AudioNotActive, AudioRestarted):
            break
        await asyncio.sleep(FRAME_S)
    return _mono(heard, info).astype("<i2").tobytes()


def _mono(heard: bytearray, info: AudioInfo) -> Samples:
    """Return the first channel of what was heard, at 8 kHz."""
    first = np.frombuffer(bytes(heard), "<i2").reshape(-1, info.rx_channels)[:, :1].tobytes()
    return samples(_resampled(first, info.rx_sample_rate, RATE, 1))


async def _streams(call: Call, over: asyncio.Event) -> AudioInfo:
    """Return what the streams are once they run; keys may come after the answer."""
    while not over.is_set():
        try:
            info = call.audio.info()
        except AudioNotActive:
            info = None
        if info is not None and info.tx_ready and info.rx_ready:
            return info
        await asyncio.sleep(FRAME_S)
    raise ConnectionError(f"{call} ended before it had audio")


def _resampled(pcm: bytes, before: int, after: int, channels: int) -> bytes:
    samples = np.asarray(soxr.resample(np.frombuffer(pcm, "<i2"), before, after))
    return np.repeat(samples, channels).tobytes()


if __name__ == "__main__":
    asyncio.run(main(talk_orders()))
