"""Steps that let callers speak, and what is in the way."""

from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from pbx.ivr.steps import Verify

STEP = "{with: [phone_number, date_of_birth], attempts: 3}"


def written(folder: Path, entry: str, recogniser: str = "none") -> None:
    flow, pbx = folder / "acme" / "flows" / "support.yaml", folder / "pbx.yaml"
    assert STEP in flow.read_text()
    flow.write_text(flow.read_text().replace(STEP, STEP.replace("}", f", entry: {entry}}}")))
    pbx.write_text(pbx.read_text().replace("voice: rms\n", f"voice: rms\n  recogniser: {recogniser}\n"))


def by_voice(folder: Path) -> list[bool]:
    flow = load(folder).tenants["acme"].flows["support"]
    return [step.by_voice for step in flow.steps.values() if isinstance(step, Verify)]


def test_callers_may_speak_where_there_is_a_recogniser(folder: Path) -> None:
    written(folder, "[keys, speech]", "pocketsphinx")
    assert load(folder).warnings == ()
    assert by_voice(folder) == [True]


def test_nobody_speaks_unless_it_says_so(folder: Path) -> None:
    written(folder, "[keys]")
    assert load(folder).warnings == ()
    assert by_voice(folder) == [False]


def test_a_step_that_nobody_hears_is_a_warning(folder: Path) -> None:
    written(folder, "[keys, speech]")
    (warning,) = load(folder).warnings
    assert "support.yaml" in warning
    assert "there is no recogniser: callers are asked for keys (set speech.recogniser" in warning


def test_so_is_a_language_that_nobody_is_understood_in(folder: Path) -> None:
    written(folder, "[keys, speech]", "pocketsphinx")
    tenant = folder / "acme" / "tenant.yaml"
    assert "en-GB" in tenant.read_text()
    tenant.write_text(tenant.read_text().replace("en-GB", "de-DE"))
    assert any("nobody is understood in de-DE" in warning for warning in load(folder).warnings)


@pytest.mark.parametrize(("entry", "said"), [("[speech]", "write [keys, speech]"), ("[]", "entry")])
def test_keys_are_always_a_way(folder: Path, entry: str, said: str) -> None:
    written(folder, entry, "pocketsphinx")
    with pytest.raises(ConfigProblems, match=said.replace("[", r"\[").replace("]", r"\]")):
        load(folder)
