"""A stream that has nothing to say is kept alive, and no other one."""

import pytest

from pbx.core.audio import AudioFormat, PayloadFormat
from pbx.media.keep_alive import KEEP_ALIVE_S, KeepAlive, unknown_type


@pytest.mark.requirement("MED-11")
@pytest.mark.rfc("6263", "7")
def test_due_after_so_long_without_a_packet_and_again_after_as_long() -> None:
    keep = KeepAlive(100.0)
    assert not keep.is_due(0, 100.0 + KEEP_ALIVE_S - 0.1)
    assert keep.is_due(0, 100.0 + KEEP_ALIVE_S)
    assert not keep.is_due(0, 100.1 + KEEP_ALIVE_S)
    assert keep.is_due(0, 100.0 + 2 * KEEP_ALIVE_S)


@pytest.mark.requirement("MED-11")
def test_never_due_while_something_is_sent() -> None:
    keep = KeepAlive(0.0)
    assert not any(keep.is_due(50 * second, float(second)) for second in range(100))
    assert not keep.is_due(50 * 99, 99.0 + KEEP_ALIVE_S - 0.1)
    assert keep.is_due(50 * 99, 99.0 + KEEP_ALIVE_S)


@pytest.mark.rfc("6263", "4.6")
def test_a_payload_type_that_nobody_agreed_to() -> None:
    g729 = AudioFormat(encoding="G729", payload_type=18)
    assert unknown_type(g729) == 127
    telephone = AudioFormat(
        encoding="G729",
        payload_type=127,
        dtmf_payload_type=126,
        comfort_noise_type=125,
        dtmf_receive_types=(124,),
        receives=(PayloadFormat(payload_type=123, encoding="G729"),),
    )
    assert unknown_type(telephone) == 122
