"""What a playback copy is called."""

import pytest

from pbx.core.ids import SeededIds
from pbx.recording.playback_copy import object_key


@pytest.mark.requirement("E-17")
def test_a_name_is_random_and_says_nothing() -> None:
    ids = SeededIds("n")
    names = {object_key(ids) for _ in range(20)}
    assert len(names) == 20
    for name in names:
        folder, _, rest = name.partition("/")
        assert rest.startswith(folder) and rest.endswith(".age-payload")
        assert len(rest) == 64 + len(".age-payload")
