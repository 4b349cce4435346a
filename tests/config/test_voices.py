"""Which languages an engine speaks as they should sound."""

import pytest

from pbx.config.models import SpeechSettings
from pbx.config.voices import ENGLISH, PIPER_MODEL_VARIABLE, voices
from pbx.media.io import engines


@pytest.mark.parametrize(
    ("engine", "model", "spoken"),
    [
        ("flite", "", ENGLISH),
        ("none", "de_DE-thorsten-medium.onnx", frozenset()),
        ("piper", "/opt/voices/de_DE-thorsten-medium.onnx", frozenset({"de-DE"})),
        ("piper", "/opt/voices/joe.onnx", frozenset()),
        ("piper", "", frozenset()),
    ],
)
def test_voices(engine: str, model: str, spoken: frozenset[str]) -> None:
    speech = SpeechSettings.model_validate({"engine": engine})
    assert voices(speech, {PIPER_MODEL_VARIABLE: model}) == spoken


def test_the_engine_reads_the_same_variable() -> None:
    assert PIPER_MODEL_VARIABLE == engines.PIPER_MODEL_VARIABLE
