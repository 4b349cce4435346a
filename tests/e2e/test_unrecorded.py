"""R-16: what a caller hears when the recording cannot even begin, with the real worker and a broken spool."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.recording.indication import WORDS
from pbx.recording.notice import TEXTS
from pbx.testphone.signal import contains_sentence, samples
from tests.e2e.callers import ANSWER_S, LANGUAGE, LIKENESS, QUESTION, Caller, calling, hear, kept, prompt
from tests.e2e.desk import device
from tests.e2e.fault_helpers import left
from tests.e2e.running import RunningPbx, free_port, prepare, running

NUMBER = "+447700900123"
DIRECT = "01632960101"
REFUSAL = TEXTS[LANGUAGE]["refuse"]


def break_spool(pbx: RunningPbx) -> None:
    """No journal can be opened any more, by root either."""
    pbx.places.spool.rename(pbx.places.var / "lost")
    pbx.places.spool.write_text("")


async def facts(pbx: RunningPbx) -> list[str]:
    return (await left(pbx)).facts


@pytest.mark.requirement("R-16")
async def test_the_caller_is_told_and_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        break_spool(pbx)
        since = datetime.now(UTC)
        async with calling(pbx, NUMBER) as (_, call):
            await hear(call, prompt(pbx, TEXTS[LANGUAGE]["announce_unrecorded"]))
            await hear(call, prompt(pbx, QUESTION))
        record = (await kept(pbx, NUMBER, since)).call
        assert (record.recording_state, record.cause) == ("failed", "bye")
        assert {"recording.failed", "recording.notice"} <= set(await facts(pbx))


@pytest.mark.requirement("R-16")
async def test_the_caller_is_refused(tmp_path: Path) -> None:
    folder = prepare(tmp_path) / "acme"
    (folder / "recording.yaml").write_text("on_recording_failure: refuse\n")
    prompts = folder / "prompts" / LANGUAGE
    (prompts / "refusal.wav").write_bytes((prompts / "thanks.wav").read_bytes())  # any voice will do
    with (prompts / "index.yaml").open("a") as index:
        index.write(f'refusal.wav: "{REFUSAL}"\n')
    async with running(tmp_path, free_port()) as pbx:
        break_spool(pbx)
        since = datetime.now(UTC)
        async with calling(pbx, NUMBER) as (_, call):
            assert await call.wait_ended(60) == "bye"
            assert contains_sentence(samples(call.heard), prompt(pbx, REFUSAL)) > LIKENESS
        record = (await kept(pbx, NUMBER, since)).call
        assert (record.recording_state, record.cause, record.ended_by) == ("failed", "not_recorded", "system")
        assert {"recording.failed", "recording.notice"} <= set(await facts(pbx))


@pytest.mark.requirement("R-16")
async def test_direct_calls_are_not_put_through(tmp_path: Path) -> None:
    folder = prepare(tmp_path) / "acme"
    (folder / "recording.yaml").write_text("rules: [{mode: always, on_failure: refuse}]\n")
    dialplan = folder / "dialplan.yaml"
    dialplan.write_text(dialplan.read_text().replace("{extension: 1003}", "{extension: 1001}"))
    prompts = folder / "prompts" / LANGUAGE
    reasons = {"refusal.wav": REFUSAL, "unconnected.wav": WORDS[LANGUAGE]["unconnected"]}
    for name, text in reasons.items():
        (prompts / name).write_bytes((prompts / "thanks.wav").read_bytes())
        with (prompts / "index.yaml").open("a") as index:
            index.write(f'{name}: "{text}"\n')
    async with running(tmp_path, free_port()) as pbx, device(pbx, "1001") as ann, device(pbx, "1002") as ben:
        break_spool(pbx)
        since = datetime.now(UTC)
        carrier = Caller(pbx.server, NUMBER)
        await carrier.start()
        outside = await carrier.call(DIRECT)
        rung = await ann.incoming()
        rung.answer()
        assert await outside.wait_answered(ANSWER_S) == 503
        await rung.wait_ended(ANSWER_S)
        record = (await kept(pbx, NUMBER, since)).call
        assert (record.cause, record.recording_state) == ("not_recorded", "failed")
        await carrier.close()
        inside = await ann.call("1002")
        called = await ben.incoming()
        called.answer()
        await called.wait_ended(ANSWER_S)
        assert await inside.wait_answered(ANSWER_S) == 503
        assert contains_sentence(samples(inside.heard), prompt(pbx, reasons["unconnected.wav"])) > LIKENESS
