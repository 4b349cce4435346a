"""`pbx phone`: a telephone for scripts; it calls or answers once and says what happened."""

import ipaddress
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

from cyclopts import App, Parameter, validators

from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, details
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, edited
from pbx.core.address import Address, Remote
from pbx.core.secret import Secret
from pbx.store.secrets import load_or_create
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone

app = App(name="phone", help="A test telephone.")
ANSWERED = 200
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # a server that listens everywhere is also here
RING_S = 60.0  # as long as a person lets it ring
PROMPT_S = 60.0  # the longest announcement before digits are expected
TONE_HZ = 440.0
SAMPLES_PER_S, SAMPLE_BYTES = 8000, 2
ResultT = TypeVar("ResultT")
_MOST = validators.Number(gt=0, lte=3600)

As = Annotated[str, Parameter(name="--as", help="TENANT/EXTENSION whose secret registers the phone.")]
FromTrunk = Annotated[bool, Parameter(name="--from-trunk", negative=(), help="Call as the carrier.")]
Caller = Annotated[str, Parameter(name="--caller", help="Calling number, with --from-trunk.")]
Digits = Annotated[
    str, Parameter(name="--digits", help="Keys to press; each group of 1,123# waits for the end of a prompt.")
]
Seconds = Annotated[float, Parameter(name="--seconds", validator=_MOST, help="Talk so long, then hang up.")]
Timeout = Annotated[float, Parameter(name="--timeout", validator=_MOST, help="Wait so long for a call.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What makes a phone this phone; without a password it is the carrier."""

    bind: Address
    user: str
    domain: str
    server: Remote
    display: str = ""
    password: Secret[str] | None = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who calls: a device with its secret, or the carrier on behalf of somebody."""

    device: As = ""
    from_trunk: FromTrunk = False
    caller: Caller = "07700900123"
    tenant: TenantName = ""


NOBODY = Who()


@app.command
async def call(
    number: str,
    /,
    *,
    who: Who = NOBODY,
    digits: Digits = "",
    seconds: Seconds = 5.0,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Call NUMBER, press keys, talk, hang up; exit code 1 when the call was not answered."""
    if who.from_trunk == bool(who.device):
        raise WrongUsage("say who calls: --as TENANT/EXTENSION or --from-trunk")
    place = edited(config)
    line = _carrier(place, who) if who.from_trunk else device_line(place, who.device)
    async with _phone(line) as phone:
        talk = await phone.call("".join(number.split()))
        status = await within(talk.wait_answered(RING_S), "nobody answered")
        if status == ANSWERED:
            talk.talk(TONE_HZ)
            await _press(talk, digits)
            await _until_over(talk, seconds)
    report = {"status": status, "ended": await talk.wait_ended(1), "heard_s": _heard_s(talk)}
    details(report, as_json=as_json)
    return DONE if status == ANSWERED else REFUSED


@app.command
async def answer(
    *,
    device: As,
    seconds: Seconds = 5.0,
    timeout: Timeout = RING_S,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Register, answer the first call that rings, talk, hang up."""
    async with _phone(device_line(edited(config), device)) as phone:
        ringing = await within(phone.incoming(timeout), "no call came")
        ringing.answer()
        status = await within(ringing.wait_answered(RING_S), "the caller did not confirm the answer")
        if status == ANSWERED:
            ringing.talk(TONE_HZ)
            await _until_over(ringing, seconds)
    report: dict[str, object] = {"caller": ringing.remote_display, "status": status}
    report |= {"ended": await ringing.wait_ended(1), "heard_s": _heard_s(ringing)}
    details(report, as_json=as_json)
    return DONE if status == ANSWERED else REFUSED


@asynccontextmanager
async def _phone(line: Line) -> AsyncIterator[Phone]:
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
        if line.password is not None:
            await _register(phone)
        yield phone
    finally:
        await phone.close()


async def _register(phone: Phone) -> None:
    try:
        await within(phone.register(), "the PBX does not answer: is it running?")
    except ConnectionError as error:
        raise Refusal(str(error)) from None


def device_line(place: Site, name: str) -> Line:
    """The phone of an extension, with the secret that the first start of the PBX made."""
    tenant_name, _, extension = name.partition("/")
    tenant = place.tenant(tenant_name)
    if extension not in tenant.extensions:
        raise Refusal(f"no extension {extension} in tenant {tenant.name}: say --as TENANT/EXTENSION")
    password = load_or_create(place.places.secrets, ()).get(f"{tenant.name}/{extension}")
    if password is None:
        raise Refusal(f"{place.places.secrets}: no secret of {name} yet, start `pbx run` once")
    server = _server(place)
    return Line(
        bind=Address(server.host, 0),
        user=extension,
        domain=tenant.domain,
        display=tenant.extensions[extension].name,
        password=password,
        server=server,
    )


def _carrier(place: Site, who: Who) -> Line:
    """The first address of the first trunk, which has to be one of this machine (127.0.0.2 is)."""
    tenant = place.tenant(who.tenant)
    if not tenant.trunks:
        raise Refusal(f"tenant {tenant.name} has no trunk")
    trunk = next(iter(tenant.trunks.values()))
    host = str(next(iter(ipaddress.ip_network(trunk.source[0]).hosts())))
    return Line(bind=Address(host, 0), user=who.caller, domain=host, server=_server(place))


def _server(place: Site) -> Remote:
    sip = place.configuration.pbx.sip
    host = _LOOPBACK.get(sip.host, sip.host)
    return Remote(transport=sip.transports[0], host=host, port=sip.port)


async def _press(talk: PhoneCall, digits: str) -> None:
    """Press the groups one after the other; a call that is over takes no more keys."""
    for group in filter(None, digits.split(",")):
        try:
            await within(talk.wait_quiet(timeout_s=PROMPT_S), "heard no prompt to press keys after")
            talk.forget_heard()
            await talk.send_digits(Secret(group))
        except ConnectionError:
            return


async def _until_over(talk: PhoneCall, seconds: float) -> None:
    try:
        await talk.wait_ended(seconds)
    except TimeoutError:
        talk.hang_up()


async def within(waiting: Awaitable[ResultT], otherwise: str) -> ResultT:
    try:
        return await waiting
    except TimeoutError:
        raise Refusal(otherwise) from None


def _heard_s(talk: PhoneCall) -> float:
    return round(len(talk.heard) / (SAMPLES_PER_S * SAMPLE_BYTES), 1)
