"""The demonstration: a real call through a running PBX by two test phones, and proof of what it left."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pbx.call.record import CallRecord
from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.core.address import Address, Remote
from pbx.core.errors import ConfigError, ParseError, PeerViolation, StorageError, TransportError
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.recording.effects import FinishedRecording
from pbx.testphone import checks, signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.evidence import Evidence, device_secret, recorded_prompt
from pbx.testphone.phone import Phone
from pbx.verify.prompts import texts_for

ANSWER_S = 10.0
QUESTION_S = 60.0  # welcome, announcement and question take half of it
SILENCE_MS = 1200  # longer than any pause inside a sentence, shorter than the wait for the first digit
RINGS_S = 6.0  # after the last digit: the verdict, at most one short sentence, the ringing
SPOKEN_S = 0.8
MAX_ENTRIES = 3  # how often the question is answered before the call must go on unverified
END_S = 10.0
FINISHED_S = 15.0

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoScript:
    """Who calls whom and what is typed; the defaults are the fixed points of the sample configuration."""

    tenant: str = "acme"
    extension: str = "1001"
    carrier_host: str = "127.0.0.2"
    agent_host: str = "127.0.0.1"
    caller_number: str = "+447700900123"
    called_number: str = "01632960100"
    date_of_birth: Secret[str] = field(default_factory=lambda: Secret("03021980"))
    level: str = "V2"
    talk_s: float = 3.0


SAMPLE = DemoScript()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """`ok` = nothing to complain about; `recording` and `call` are names, "" = there is none."""

    problems: tuple[str, ...]
    recording: str = ""
    call: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems


class _Failed(Exception):
    """The call did not get as far as it should; the message is for people."""


async def run_demo(
    places: Places, configuration: Configuration, report: Report, script: DemoScript = SAMPLE
) -> DemoResult:
    """Place the call and check what it left; never raises for what the PBX did wrong."""
    since = utc_now()
    try:
        tenant = configuration.tenants[script.tenant]
        secret = device_secret(places, f"{script.tenant}/{script.extension}")
        async with _phones(configuration, script, secret) as (agent, caller):
            problems = await _Conversation(agent, caller, tenant, script, report).hold()
        async with Evidence(places, configuration) as evidence:
            numbers = (script.caller_number, script.called_number)
            found = await evidence.finished_call(since, numbers, FINISHED_S)
            if found is None:
                raise _Failed(f"no finished recording of the call after {FINISHED_S:.0f} s")
            call, row = found
            problems += await _Audit(evidence, tenant, script, report).check(call, row)
    except _Failed as failure:
        return DemoResult(problems=(str(failure),))
    except KeyError:
        return DemoResult(problems=(f"there is no tenant {script.tenant}",))
    except (ConfigError, ParseError, PeerViolation, StorageError, TransportError, ConnectionError) as error:
        return DemoResult(problems=(str(error),))
    return DemoResult(problems=problems, recording=row.recording, call=call.call)


@asynccontextmanager
async def _phones(
    configuration: Configuration, script: DemoScript, secret: Secret[str]
) -> AsyncIterator[tuple[Phone, Phone]]:
    sip = configuration.pbx.sip
    server = Remote(sip.transports[0], sip.host, sip.port)
    domain = configuration.tenants[script.tenant].domain
    agent = Phone(
        Address(script.agent_host, 0), user=script.extension, domain=domain, server=server, password=secret
    )
    carrier = Address(script.carrier_host, 0)
    caller = Phone(carrier, user=script.caller_number, domain="carrier.example", server=server)
    try:
        await agent.start()
        await caller.start()
        yield agent, caller
    finally:
        await asyncio.gather(agent.close(), caller.close())


@asynccontextmanager
async def _step(failure: str) -> AsyncIterator[None]:
    """Name what was waited for when the time is over."""
    try:
        yield
    except TimeoutError:
        raise _Failed(failure) from None


class _Conversation:
    """The call itself: dial, listen, type the date of birth, talk, hang up."""

    def __init__(
        self, agent: Phone, caller: Phone, tenant: Tenant, script: DemoScript, report: Report
    ) -> None:
        self._agent, self._caller = agent, caller
        self._tenant, self._script, self._report = tenant, script, report
        self._listened = 0  # octets of what was heard that belong to questions answered already

    async def hold(self) -> checks.Problems:
        """Hold the conversation; return what was wrong in it."""
        script = self._script
        async with _step(f"the agent's telephone {script.extension} could not register"):
            await self._agent.register()
        self._report(f"agent {script.extension} registered")
        call = await self._dial()
        ringing = await self._identify(call)
        self._report(f"agent's telephone rings: {ringing.remote_display}")
        problems = checks.display(ringing.remote_display, script.level)
        await self._talk(call, ringing)
        return problems + checks.keys_kept_from_agent(ringing.digits_heard, script.date_of_birth)

    async def _dial(self) -> PhoneCall:
        script = self._script
        self._report(f"caller {script.caller_number} dials {script.called_number}")
        call = await self._caller.call(script.called_number)
        async with _step("the call was not answered"):
            status = await call.wait_answered(ANSWER_S)
        if status != 200:
            raise _Failed(f"the call was refused with {status}")
        self._report("answered; welcome, recording announcement and question follow")
        return call

    async def _identify(self, call: PhoneCall) -> PhoneCall:
        """Answer the question as often as it is asked, until the agent's telephone rings."""
        for _ in range(MAX_ENTRIES):
            await self._hear_question(call)
            self._report("caller heard the question and types the date of birth")
            call.talk(checks.ENTRY_HZ)
            await asyncio.sleep(SPOKEN_S)  # spoken too, which must not be kept either
            call.talk(0)
            await call.send_digits(self._script.date_of_birth)
            try:
                return await self._agent.incoming(RINGS_S)
            except TimeoutError:
                continue  # the question is being asked again
        raise _Failed("the agent's telephone did not ring")

    async def _hear_question(self, call: PhoneCall) -> None:
        """Return when the question was heard to its end: nobody types into a welcome."""
        language, texts = texts_for(self._tenant.language)
        question = recorded_prompt(self._tenant.prompts, language, texts.ask)
        async with _step("the question for the date of birth was not heard"), asyncio.timeout(QUESTION_S):
            await call.wait_quiet(SILENCE_MS, QUESTION_S)
            while question is not None and not _is_heard(call, question, self._listened):
                call.forget_heard()
                await call.wait_quiet(SILENCE_MS, QUESTION_S)
        self._listened = len(call.heard)
        call.forget_heard()

    async def _talk(self, call: PhoneCall, ringing: PhoneCall) -> None:
        ringing.answer()
        async with _step("the agent's answer was not acknowledged"):
            status = await ringing.wait_answered(ANSWER_S)
        if status != 200:
            raise _Failed("the call ended before the agent had answered")
        self._report(f"agent answered; they talk for {self._script.talk_s:.0f} s")
        call.talk(checks.CALLER_HZ)
        ringing.talk(checks.AGENT_HZ)
        await asyncio.sleep(self._script.talk_s)
        if not (call.confirmed and ringing.confirmed):
            raise _Failed("the call was cut off")
        call.hang_up()
        async with _step("the agent's telephone was not told that the caller hung up"):
            await ringing.wait_ended(END_S)
        self._report("caller hung up")


def _is_heard(call: PhoneCall, question: signal.Samples, since: int) -> bool:
    return signal.contains_sentence(signal.samples(call.heard[since:]), question) > checks.MIN_CLIP


class _Audit:
    """The checks of everything that the call left, each reported in a line."""

    def __init__(self, evidence: Evidence, tenant: Tenant, script: DemoScript, report: Report) -> None:
        self._evidence, self._tenant, self._script, self._report = evidence, tenant, script, report
        self._problems: list[str] = []

    async def check(self, call: CallRecord, row: FinishedRecording) -> checks.Problems:
        """Return all problems."""
        self._note(f"recording {row.recording}, {row.duration_ms / 1000:.1f} s, encrypted", ())
        level = self._script.level
        self._note(f"call record: verification {level}, recorded", checks.call_record(call, level))
        consents = await self._evidence.consents_of(call)
        self._note("consents stored with proof", checks.consents(call, consents))
        opened = await self._evidence.open(row, "demo check")
        if opened is None:
            self._note("the recording opens", ("the vault does not open the recording",))
            return tuple(self._problems)
        verdict = await self._evidence.verify(opened)
        self._note("hashes and signature fit", checks.intact(verdict))
        if verdict.ok:
            self._listen(await self._evidence.wav(opened), [one.proof.prompt for one in consents])
        changed = await self._evidence.verify_changed_copy(opened)
        self._note("a copy with one flipped bit is refused", checks.tampering_noticed(changed))
        return tuple(self._problems)

    def _listen(self, wav: bytes, prompts: list[str]) -> None:
        channels = checks.split(wav)
        if channels is None:
            self._note("the recording is a WAV file", ("the recording is no two-channel WAV file at 8 kHz",))
            return
        self._note("both voices recorded, each in its own channel", checks.tones(channels))
        self._note("the announcement is in the recording", self._announcement(channels, prompts))
        self._note("nothing of the date of birth is in the recording", checks.no_keys(channels))

    def _announcement(self, channels: checks.Channels, prompts: list[str]) -> checks.Problems:
        """Look for the very sentence that the caller's consent names."""
        tenant = self._tenant
        clips = [recorded_prompt(tenant.prompts, tenant.language, text) for text in prompts]
        clip = next((one for one in clips if one is not None), None)
        if clip is None:
            return ("no consent names an announcement that the prompts have",)
        return checks.announcement(channels, clip)

    def _note(self, line: str, problems: checks.Problems) -> None:
        self._problems += problems
        self._report(f"{'FAILED' if problems else 'ok'}: {line}")
