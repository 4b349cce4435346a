"""What a recording's object is called."""

import re
import subprocess
import sys

import pytest

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.object_name import is_object_key, object_key, spare_object_key

KEY = Secret(b"0123456789abcdef")


@pytest.mark.requirement("E-17")
def test_the_object_key_is_the_same_again_and_tells_nothing() -> None:
    key = object_key(KEY, "r1")
    assert key == object_key(KEY, "r1")
    assert len({key, object_key(KEY, "r2"), object_key(Secret(bytes(16)), "r1")}) == 3
    assert "r1" not in key.removesuffix(".age-payload").split("/")


def test_a_spare_name_looks_like_any_other() -> None:
    first, second = (spare_object_key(SeededIds(seed)) for seed in "ab")
    assert first != second
    assert re.fullmatch(r"([0-9a-f]{2})/\1[0-9a-f]{62}\.age-payload", first)


def test_what_is_ours_in_a_bucket_is_seen_by_its_name() -> None:
    name = object_key(KEY, "r1")
    assert is_object_key(name)
    for other in ("", "ab/killed", name[3:], name + "x", "x" + name, name.upper(), name + "\n"):
        assert not is_object_key(other)


@pytest.mark.requirement("E-07")
def test_who_holds_the_keys_loads_no_audio() -> None:
    """What the vault imports, an attacker can use: no codec, no file format, no arithmetic of arrays."""
    audio = {"numpy", "soundfile", "opuslib_next", "g722"}
    script = f"import sys, pbx.recording.io.vault; print(*{audio} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""
