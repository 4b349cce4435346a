"""Debian's baresip in every codec and encryption that it has: heard and hearing, through the PBX."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile
import soxr
import yaml

from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from tests.e2e.desk import device
from tests.e2e.heard_voice import found
from tests.e2e.running import RunningPbx, free_port, prepare, running, set_audio
from tests.e2e.softphones.debian import Baresip, baresip
from tests.e2e.softphones.process import is_over, is_ready, started
from tests.e2e.softphones.script import read_wav
from tests.e2e.softphones.talkers import Talker, TalkOrders, enough_file, heard_file, voice
from tests.e2e.talks import BARESIP_NAMES, LIKENESS, Pair, Side, is_as_loud
from tests.e2e.test_transports import until

CALL_S, HEARD_S = 20.0, 1.0
SAID_HZ, DESK_HZ = 700.0, 1000.0
CASES = [
    ("G722/16000", ""),
    ("opus/48000/2", ""),
    ("L16/16000", ""),
    ("PCMA/8000", "srtp-mand"),
    ("G722/16000", "srtp-mand"),
    ("opus/48000/2", "srtp-mand"),
    ("PCMU/8000", "dtls_srtp"),
    ("opus/48000/2", "dtls_srtp"),
]
GCM = {1101: "AEAD_AES_128_GCM", 1102: "AEAD_AES_256_GCM"}  # of baresip: what it takes and never offers
LINEAR = {"L16/16000/1": 1002, "L16/8000/1": 1103}
OTHERS = [Side("pjsua", codec, "plain") for codec in ("PCMU", "PCMA", "G722")]
OTHERS += [Side("baresip", codec, "plain") for codec in BARESIP_NAMES]
FIRST_OTHER = 1200
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """A PBX whose challenges baresip 1.0 understands; 1002 has L16 and nothing else."""
    base = tmp_path_factory.mktemp("baresip")
    folder = prepare(base) / "acme"
    with (folder / "tenant.yaml").open("a") as tenant:
        tenant.write("digest: [MD5]\n")
    people = yaml.safe_load((folder / "extensions.yaml").read_text())
    people["extensions"][1002]["media"] = {"codecs": ["L16"]}
    (folder / "extensions.yaml").write_text(yaml.safe_dump(people))
    set_audio(base / "config", 1103, codecs=["L16/8000"])
    for extension, side in enumerate(OTHERS, FIRST_OTHER):
        set_audio(base / "config", extension, codecs=[side.codec], srtp="off")
    for extension, suite in GCM.items():
        set_audio(base / "config", extension, codecs=["PCMA"], srtp="required", srtp_suites=[suite])
    async with running(base, free_port()) as running_pbx:
        yield running_pbx


def heard_by(file: Path) -> signal.Samples:
    """Return a recording of baresip at our rate, whatever the codec's was."""
    samples, rate = soundfile.read(file, dtype="float64", always_2d=True)
    mono = samples.mean(axis=1)
    return np.asarray(soxr.resample(mono, rate, signal.RATE)) * 32768


@pytest.mark.requirement("MED-01")
@pytest.mark.requirement("MED-07")
@pytest.mark.parametrize(("codecs", "encryption"), CASES)
async def test_each_hears_the_other(pbx: RunningPbx, tmp_path: Path, codecs: str, encryption: str) -> None:
    user = "1002" if codecs.startswith("L16") else "1003"
    account = {"user": user, "password": pbx.secret(user), "port": pbx.port, "tone_hz": SAID_HZ}
    async with (
        device(pbx, "1001") as phone,
        baresip(tmp_path, codecs=codecs, encryption=encryption, **account) as caller,  # type: ignore[arg-type]
    ):
        await caller.command("dial", f"sip:1001@127.0.0.1:{pbx.port}")
        call = await phone.incoming(CALL_S)
        call.answer()
        await both_hear(call, caller)


@pytest.mark.proof
@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("7714", "12")
@pytest.mark.parametrize("user", GCM)
async def test_it_takes_aes_gcm_when_it_is_called(pbx: RunningPbx, tmp_path: Path, user: int) -> None:
    account = {"user": str(user), "password": pbx.secret(str(user)), "port": pbx.port, "tone_hz": SAID_HZ}
    async with (
        device(pbx, "1001") as phone,
        baresip(tmp_path, encryption="srtp-mand", **account) as called,  # type: ignore[arg-type]
    ):
        await both_hear(await phone.call(str(user)), called)


@pytest.mark.proof
@pytest.mark.requirement("MED-01")
@pytest.mark.parametrize("side", range(len(OTHERS)))
@pytest.mark.parametrize(("codec", "user"), LINEAR.items())
async def test_linear_audio_with_every_codec_of_others(
    pbx: RunningPbx, tmp_path: Path, codec: str, user: int, side: int
) -> None:
    other, number = OTHERS[side], str(FIRST_OTHER + side)
    names = (BARESIP_NAMES[other.codec],) if other.stack == "baresip" else ()
    talker = Talker(user=number, password=pbx.secret(number).reveal(), seed=2, codecs=names)
    rate = int(codec.split("/")[1])
    said = (
        np.asarray(soxr.resample(np.frombuffer(voice(1), "<i2"), signal.RATE, rate)).astype("<i2").tobytes()
    )
    account = {"user": str(user), "password": pbx.secret(str(user)), "port": pbx.port, "voice": said}
    (folder := tmp_path / "debian").mkdir()
    orders = TalkOrders(port=pbx.port, folder=str(tmp_path), talkers=(talker,))
    async with started((f"{other.stack}_talkers",), orders) as process:
        await is_ready(process)
        async with baresip(folder, codecs=codec, rate=rate, **account) as caller:  # type: ignore[arg-type]
            await caller.command("dial", f"sip:{number}@127.0.0.1:{pbx.port}")
            await caller.event("CALL_ESTABLISHED", CALL_S)
            await until(enough_file(tmp_path, number).exists)
            await caller.command("hangup")
            await caller.event("CALL_CLOSED", CALL_S)
            at_caller = found(voice(2), heard_by(caller.heard()))
        await is_over(process)
    at_called = found(voice(1), read_wav(heard_file(tmp_path, number)))
    print(f"{codec} with {other.stack} {other.codec}: {at_called} {at_caller}")
    assert min(at_called.likeness, at_caller.likeness) > LIKENESS
    assert is_as_loud(Pair(0, Side("baresip", "L16", "plain"), other), at_called, at_caller)


async def both_hear(call: PhoneCall, other: Baresip) -> None:
    """Each hears the other's tone, and baresip not its own."""
    await other.event("CALL_ESTABLISHED", CALL_S)
    assert await call.wait_answered(CALL_S) == 200
    call.talk(DESK_HZ)
    await until(lambda: signal.tone_s(signal.samples(call.heard), SAID_HZ) >= 2 * HEARD_S)
    call.hang_up()
    await other.event("CALL_CLOSED", CALL_S)
    heard = heard_by(other.heard())
    assert signal.tone_s(heard, DESK_HZ) >= HEARD_S
    assert signal.tone_s(heard, SAID_HZ) == 0
