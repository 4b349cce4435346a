"""How long a party that promised telephone-events is listened to for tones."""

from pbx.media.tone_suspicion import FRAME_S, LISTEN_S, ToneSuspicion


def test_it_is_open_for_a_while() -> None:
    suspicion = ToneSuspicion()
    for _ in range(round(LISTEN_S / FRAME_S) - 1):
        suspicion.listened()
    assert suspicion.is_open
    suspicion.listened()
    suspicion.listened()  # the frames add up to the last bit of a float
    assert not suspicion.is_open


def test_a_key_settles_it() -> None:
    suspicion = ToneSuspicion()
    assert suspicion.is_open
    suspicion.settle()
    assert not suspicion.is_open
