"""A timer that the loop can watch like a socket."""

import select

from pbx.media.io.metronome import Metronome


def test_it_beats_until_it_is_stopped() -> None:
    metronome = Metronome()
    try:
        assert metronome.beats() == 0
        metronome.start(0.001)
        assert select.select([metronome.fileno()], [], [], 5)[0]
        assert metronome.beats() >= 1
        metronome.stop()
        metronome.beats()
        assert not select.select([metronome.fileno()], [], [], 0.01)[0]
    finally:
        metronome.close()
