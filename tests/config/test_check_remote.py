"""Whether anybody's calls can be on the other machine."""

from pathlib import Path

import pytest

from pbx.config.load import load
from tests.authority import Authority

FILES = "ca: config/ca.pem, certificate: {chain: config/pbx.crt, key: config/pbx.key}"
MESSAGE = """    voicemail: support
    greeting: "All our agents are busy. Please leave a message after the tone."
    max_length: 3 min
"""


@pytest.mark.parametrize(
    ("mode", "messages", "queues", "idle"),
    [
        ("flow", True, True, True),
        ("off", True, False, True),
        ("off", False, True, True),
        ("flow", False, False, True),
        ("off", False, False, False),
    ],
)
def test_calls_that_may_be_kept_stay_here(
    folder: Path, mode: str, messages: bool, queues: bool, idle: bool
) -> None:
    authority = Authority(folder)
    authority.issue("pbx", dns=("pbx.example.com",), days=200)
    changes = {
        "pbx.yaml": ("media: {}", f"media: {{remote: [{{host: media.example.com, port: 5590, {FILES}}}]}}"),
        "acme/recording.yaml": ("mode: flow", f"mode: {mode}"),
        "acme/flows/support.yaml": (MESSAGE, MESSAGE if messages else "    hang_up:\n"),
    }
    for name, (old, new) in changes.items():
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    if not queues:  # whose callers may leave a message too
        (folder / "acme" / "queues.yaml").unlink()
    told = [line for line in load(folder).warnings if "media.remote" in line]
    assert len(told) == idle
    assert all("every tenant records calls or takes messages" in line for line in told)
