"""Long lists of sources, sent in parts: heard without a gap, with marks, and ended once."""

import pytest

from pbx.core.ids import Token
from pbx.media.effects import AppendSources, MarkSource, Play, SilenceSource, ToneSource
from pbx.media.events import MarkReached, PlayEnded
from pbx.media.play_orders import MAX_SOURCES, play_orders
from tests.integration.media_parties import A, Party, Signalling, attach, skipped

BEEP = ToneSource(country="gb", tone="dial", duration_ms=5)


@pytest.mark.requirement("MED-06")
async def test_a_list_of_any_length_is_played_without_a_gap(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, _ = parties
    await attach(pbx, A, a)
    beeps = (BEEP,) * (MAX_SOURCES + 16)
    pbx.send(*play_orders(A, Token(7), (MarkSource(name="begun"), *beeps, MarkSource(name="x" * 65))))
    heard = [(await a.receive())[0] for _ in range(20)]
    late = skipped(heard, [160] * 19)
    assert [packet.marker for packet in heard[1:]] == [one > 0 for one in late]
    ended = await pbx.expect(PlayEnded)
    assert ended == PlayEnded(leg=A, token=Token(7), played_ms=400, total_ms=400, completed=True)
    marks = [event for event in pbx.events if isinstance(event, MarkReached)]
    assert marks == [MarkReached(leg=A, token=Token(7), name=name) for name in ("begun", "x" * 64)]


async def test_what_is_appended_belongs_to_what_is_played(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    a, _ = parties
    await attach(pbx, A, a)
    pbx.send(Play(leg=A, token=Token(1), sources=(SilenceSource(duration_ms=40),), more=True))
    pbx.send(AppendSources(leg=A, token=Token(2), sources=(BEEP,)))
    for _ in range(5):
        await a.receive()
    assert not [event for event in pbx.events if isinstance(event, PlayEnded)]  # the queue is open
    pbx.send(AppendSources(leg=A, token=Token(1), sources=(SilenceSource(duration_ms=20),)))
    ended = await pbx.expect(PlayEnded)
    assert (ended.token, ended.completed) == (Token(1), True)
    assert ended.total_ms == ended.played_ms >= 120
    pbx.send(AppendSources(leg=A, token=Token(1), sources=(BEEP,)))
    pbx.send(Play(leg=A, token=Token(3), sources=(SilenceSource(duration_ms=9000),)))
    pbx.send(AppendSources(leg=A, token=Token(3), sources=(BEEP,) * (MAX_SOURCES + 1)))
    second = await pbx.expect(PlayEnded, 2)
    assert (second.token, second.completed) == (Token(3), False)
    pbx.send(Play(leg=A, token=Token(4), sources=(BEEP,) * (MAX_SOURCES + 1)))
    assert (await pbx.expect(PlayEnded, 3)).completed is False
