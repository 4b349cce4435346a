"""The agreed audio format is a value."""

from pbx.core.audio import AudioFormat


def test_defaults_are_twenty_milliseconds_without_telephone_events() -> None:
    agreed = AudioFormat(encoding="PCMA", payload_type=8)
    assert (agreed.ptime_ms, agreed.dtmf_payload_type) == (20, None)
    assert agreed == AudioFormat(encoding="PCMA", payload_type=8) and hash(agreed) == hash(
        AudioFormat(encoding="PCMA", payload_type=8)
    )
