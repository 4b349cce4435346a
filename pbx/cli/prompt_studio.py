"""`pbx prompts record`: a telephone of a tenant is called, and whoever answers speaks a prompt."""

import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.assembly.prompts import engine_name
from pbx.cli.output import Refusal, complain
from pbx.cli.phone import ANSWERED, RING_S, Line, device_line, within
from pbx.cli.prompt_files import HERE, Name, Says, Shelf, Where, added, shelf_of
from pbx.cli.site import AsJson, edited
from pbx.core.errors import StorageError
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.io.audio_files import convert
from pbx.media.io.engines import find_engine
from pbx.media.takes import Takes, Wish, trimmed
from pbx.media.wav import read, write
from pbx.testphone.audio import tone
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone

SPEAK = "Please speak after the tone, and press the hash key at the end."
ASK = "Press 1 to keep this, 2 to speak again, 3 to hear it again, or star to give up."
_TONE_HZ, _TONE_SAMPLES = 1000.0, 3200  # 400 ms
_TONE_TAIL = 2 * 400  # octets, 50 ms: a long way to the telephone and back may echo the tone
_KEY_HEAD = 2 * 800  # octets, 100 ms: the finger that finds the key
Device = Annotated[
    str, Parameter(name="--phone", help="TENANT/EXTENSION: who is called and speaks; as itself it calls.")
]


async def record(
    name: Name = "",
    /,
    *,
    phone: Device,
    says: Says = "",
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """Call a telephone, whose user speaks a prompt, hears it, and keeps it, tries again or gives up."""
    place = edited(where.config)
    line = device_line(place, phone)
    tenant = phone.partition("/")[0]
    if where.tenant not in ("", tenant):
        raise Refusal(f"--phone {phone} is none of {where.tenant}")
    shelf = shelf_of(Where(language=where.language, tenant=tenant, config=where.config))
    words = [await _spoken(shelf, sentence) for sentence in (SPEAK, ASK)]
    take = await _taken(line, words[0], words[1])
    if not take:
        raise Refusal("nothing is kept")
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "take.wav"
        file.write_bytes(write(take))
        await added(shelf, file, (says, name, f"telephone {line.user}"), as_json=as_json)


async def _taken(line: Line, speak: bytes, ask: bytes) -> bytes:
    """Return the take that was kept; empty when none was."""
    phone = Phone(
        line.bind,
        user=line.user,
        domain=line.domain,
        display=line.display,
        password=line.password,
        server=line.server,
    )
    await phone.start()
    try:
        talk = await phone.call(line.user)
        complain(f"{line.user} rings: answer it, and listen")
        status = await within(talk.wait_answered(RING_S), f"nobody answered {line.user}")
        if status != ANSWERED:
            raise Refusal(f"{line.user} cannot be called: {status}")
        return await _session(talk, speak, ask)
    except ConnectionError:
        raise Refusal("the call is over, and nothing is kept") from None
    finally:
        await phone.close()


async def _session(talk: PhoneCall, speak: bytes, ask: bytes) -> bytes:
    """Have takes spoken until one is kept; empty when there is none. ConnectionError when he hangs up."""
    takes, take = Takes(), b""
    wish, begin, playing_s = Wish.RECORD, 0, 0.0
    while wish not in (Wish.KEEP, Wish.GIVE_UP):
        if wish is Wish.RECORD:
            await talk.say(speak + tone(_TONE_HZ, 0, _TONE_SAMPLES))
            begin, playing_s = len(talk.heard) + _TONE_TAIL, 0.0
        elif wish is Wish.PLAY:
            talk.begin(take + ask)
            playing_s = len(take + ask) / (2 * SAMPLE_RATE)
        try:
            wish = takes.press(await talk.key(takes.limit_s + playing_s))
        except TimeoutError:
            wish = takes.late()
        if wish is Wish.PLAY and not take:
            take = trimmed(bytes(talk.heard[begin:-_KEY_HEAD]))
            wish = Wish.PLAY if take else takes.unheard()
        elif wish is Wish.RECORD:
            take = b""
    return take if wish is Wish.KEEP else b""


async def _spoken(shelf: Shelf, sentence: str) -> bytes:
    """A sentence as PCM16 of 8 kHz; nothing without an engine: then the tone alone has to do."""
    speech = shelf.settings.speech
    engine = find_engine(engine_name(speech.engine, speech.voice)) if speech.engine != "none" else None
    if engine is None:
        return b""
    with tempfile.TemporaryDirectory() as scratch:
        file, prompt = Path(scratch) / "spoken.wav", Path(scratch) / "prompt.wav"
        try:
            await engine.speak(sentence, "en-GB", file)
            convert(file, prompt)
        except StorageError:
            return b""
        return read(prompt.read_bytes())
