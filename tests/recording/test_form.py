"""The forms of a master."""

from pbx.recording.form import FORMS, UNITS_PER_S
from pbx.recording.timeline import RATE


def test_places_count_the_same_in_every_form() -> None:
    assert UNITS_PER_S == RATE
    assert {name: (form.size, form.sample_rate) for name, form in FORMS.items()} == {
        "PCMA": (1, 8000),
        "PCMU": (1, 8000),
        "L16": (4, 16_000),
    }
    assert (FORMS["PCMA"].silence, FORMS["PCMU"].silence) == (b"\xd5", b"\xff")
