"""The running PBX, asked on behalf of the person at the keyboard."""

from pbx.call.effects import EntryField
from pbx.call.live import LiveCall
from pbx.cli.output import Refusal
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.core.errors import MisuseError
from pbx.core.secret import Secret
from pbx.runner.control_client import ask
from pbx.runner.control_messages import (
    AskBans,
    AskCalls,
    BansAre,
    CallIs,
    CallsAre,
    CheckPerson,
    ControlReply,
    ControlRequest,
    GrantIs,
    LiftBan,
    OrderEntry,
    OrderRecording,
    PersonIs,
    Refused,
    RevokeGrant,
    UseGrant,
    WithdrawConsent,
)
from pbx.runner.queue_messages import QueueRequest, QueuesAre


async def live_calls(places: Places) -> CallsAre:
    """Return the calls in progress; TransportError when no PBX runs here."""
    reply = await ask(places.control_socket, AskCalls())
    if isinstance(reply, Refused):
        raise Refusal(reply.reason)
    if not isinstance(reply, CallsAre):
        raise MisuseError("the PBX answered another question")
    return reply


async def order_recording(places: Places, call: str, reason: str, *, on: bool) -> LiveCall:
    """Pause the recording of a call, or go on with it; return the call as it is then."""
    return await _carry_out(
        places, OrderRecording(call=call, on=on, actor=f"operator/{actor()}", reason=reason)
    )


async def withdraw_consent(places: Places, call: str, leg: str, reason: str) -> LiveCall:
    """Have nothing more kept of a party; return the call as it is then."""
    order = WithdrawConsent(call=call, leg=leg, actor=f"operator/{actor()}", reason=reason)
    return await _carry_out(places, order)


async def standing_bans(places: Places) -> BansAre:
    """Return who is not listened to; TransportError when no PBX runs here."""
    return _bans(await ask(places.control_socket, AskBans()))


async def lift_ban(places: Places, source: str, user: str, reason: str) -> BansAre:
    """Have a source listened to again; return the bans that this has ended."""
    order = LiftBan(source=source, user=user, reason=reason, actor=f"operator/{actor()}")
    return _bans(await ask(places.control_socket, order))


async def ask_queues(places: Places, request: QueueRequest) -> QueuesAre:
    """Return what there is in queues, or what an order has made of it; Refusal."""
    reply = await ask(places.control_socket, request)
    if isinstance(reply, Refused):
        raise Refusal(reply.reason)
    if not isinstance(reply, QueuesAre):
        raise MisuseError("the PBX answered another question")
    return reply


def _bans(reply: ControlReply) -> BansAre:
    if isinstance(reply, Refused):
        raise Refusal(reply.reason)
    if not isinstance(reply, BansAre):
        raise MisuseError("the PBX answered another question")
    return reply


async def use_grant(places: Places, request: UseGrant) -> GrantIs:
    """Return whether a token may be used as the request says."""
    reply = await ask(places.control_socket, request)
    if isinstance(reply, Refused):
        raise Refusal(reply.reason)
    if not isinstance(reply, GrantIs):
        raise MisuseError("the PBX answered another question")
    return reply


async def order_entry(places: Places, call: str, what: EntryField, *, on: bool) -> LiveCall:
    """Let a party of a call type unheard, or end that; return the call as it is then."""
    return await _carry_out(places, OrderEntry(call=call, on=on, what=what, actor=f"operator/{actor()}"))


async def revoke_grant(places: Places, call: str, reason: str) -> LiveCall:
    """Have the caller of a call not verified any more; return the call as it is then."""
    return await _carry_out(places, RevokeGrant(call=call, actor=f"operator/{actor()}", reason=reason))


async def check_person(places: Places, call: str, date_of_birth: Secret[str]) -> bool:
    """Return whether the caller of a call was born on a day, DDMMYYYY."""
    request = CheckPerson(call=call, date_of_birth=date_of_birth, actor=f"operator/{actor()}")
    reply = await ask(places.control_socket, request)
    if isinstance(reply, Refused):
        raise Refusal(reply.reason)
    if not isinstance(reply, PersonIs):
        raise MisuseError("the PBX answered another question")
    return reply.matched


async def _carry_out(places: Places, order: ControlRequest) -> LiveCall:
    reply = await ask(places.control_socket, order)
    if isinstance(reply, Refused):
        raise Refusal(reply.reason)
    if not isinstance(reply, CallIs):
        raise MisuseError("the PBX answered another question")
    return reply.call
