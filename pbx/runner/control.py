"""The control socket of the running PBX: a Unix socket, one line of JSON in, one line of JSON out.

Mode 0600 in a directory of mode 0700, and the kernel says whose process has connected (SO_PEERCRED): it
must be our own user.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pbx.call.call import Call
from pbx.call.events import RecordingOrdered, SecureEntryOrdered, WithdrawalOrdered
from pbx.call.live import refusal
from pbx.call.pause import MAX_REASON
from pbx.call.recorded_room import RecordedRoom
from pbx.core.errors import ParseError
from pbx.core.ids import CallId
from pbx.core.io.peer import Peer, peer_of
from pbx.runner.ban_desk import BanDesk
from pbx.runner.control_messages import (
    MAX_ACTOR,
    MAX_CALLS,
    MAX_REQUEST,
    REPLIES,
    REQUESTS,
    AskBans,
    AskCalls,
    CallIs,
    CallsAre,
    ChangePlan,
    ControlReply,
    ControlRequest,
    GrantRequest,
    LiftBan,
    OrderEntry,
    OrderRecording,
    PlanIs,
    PlanRefused,
    QuickRequest,
    Refused,
    WithdrawConsent,
)
from pbx.runner.grant_desk import GrantDesk
from pbx.runner.live_calls import told
from pbx.runner.queue_desk import QueueDesk
from pbx.runner.queue_messages import QueueRequest

REQUEST_S = 5.0  # for a line that its sender has ready when he connects
MAX_CLIENTS = 16  # at once; an operator and his scripts are a few, and each may hold its place for REQUEST_S
_log = logging.getLogger("pbx.control")


class Control:
    """Answers requests about the calls in progress; a refusal is an answer.

    `order` has been carried out when it returns, as an event of the call layer is.
    """

    def __init__(
        self,
        calls: Callable[[], Mapping[CallId, Call]],
        order: Callable[[RecordingOrdered | WithdrawalOrdered | SecureEntryOrdered], None],
        rooms: Callable[[], Mapping[CallId, RecordedRoom]] = dict,
        *,
        bans: BanDesk | None = None,
        grants: GrantDesk | None = None,
        plans: Callable[[ChangePlan], Awaitable[PlanIs | PlanRefused]] | None = None,
        queues: QueueDesk | None = None,
    ) -> None:
        """`rooms` are the conferences that are recorded, by the calls of their records."""
        self._plans = plans
        self._calls, self._order, self._rooms = calls, order, rooms
        self._bans, self._grants, self._queues = bans, grants, queues

    async def reply(self, request: ControlRequest) -> ControlReply:
        """Return the one reply to a request, which may take a while."""
        if isinstance(request, ChangePlan):
            return await self._plans(request) if self._plans else Refused(reason="no plans here")
        if not isinstance(request, GrantRequest):
            return self.answer(request)
        return await self._grants.answer(request) if self._grants else Refused(reason="no grants here")

    def answer(self, request: QuickRequest) -> ControlReply:
        """Return the reply to what takes no time."""
        if isinstance(request, AskCalls):
            every: tuple[Call | RecordedRoom, ...] = (*self._rooms().values(), *self._calls().values())
            some = tuple(told(call) for call in islice(every, MAX_CALLS))
            return CallsAre(calls=some, omitted=len(every) - len(some))
        if isinstance(request, AskBans | LiftBan):
            return self._bans.answer(request) if self._bans else Refused(reason="nobody is ever banned here")
        if isinstance(request, QueueRequest):
            done = self._queues.answer(request) if self._queues else "no queues here"
            return Refused(reason=done) if isinstance(done, str) else done
        wrong = _wrong_words(request)
        if wrong:
            return Refused(reason=wrong)
        key = CallId(request.call)
        call = self._calls().get(key) or self._rooms().get(key)
        if call is None:
            return Refused(reason=f"no call {request.call} is in progress: see `pbx calls live`")
        if isinstance(request, OrderRecording):
            return self._ordered(request, call)
        if isinstance(call, RecordedRoom):
            return Refused(reason=f"{request.call} is a conference: name the call of the party")
        if isinstance(request, OrderEntry):
            return self._typing(request, call)
        return self._withdrawn(request, call)

    def _typing(self, request: OrderEntry, call: Call) -> ControlReply:
        if reason := call.parts.assisted.refusal(request.what, on=request.on):
            return Refused(reason=f"call {call.id}: {reason}")
        on, what = request.on, request.what
        self._order(SecureEntryOrdered(call=call.id, on=on, what=what, actor=request.actor))
        return CallIs(call=told(call))

    def _withdrawn(self, request: WithdrawConsent, call: Call) -> ControlReply:
        reason = call.parts.withdrawals.refusal(request.leg)
        if reason:
            return Refused(reason=f"call {request.call}: {reason}")
        order = WithdrawalOrdered(call=call.id, leg=request.leg, actor=request.actor, reason=request.reason)
        self._order(order)
        return CallIs(call=told(call))

    def _ordered(self, request: OrderRecording, call: Call | RecordedRoom) -> ControlReply:
        reason = refusal(told(call), on=request.on)
        if reason:
            return Refused(reason=reason)
        key = CallId(request.call)
        self._order(RecordingOrdered(call=key, on=request.on, actor=request.actor, reason=request.reason))
        after = told(call)
        if (after.recording == "paused") is not request.on:
            return CallIs(call=after)
        return Refused(reason=f"the recording of call {request.call} could not be changed: see the log")


def _wrong_words(request: OrderRecording | WithdrawConsent | OrderEntry) -> str:
    """What stands in the audit log is one printable line."""
    limits = (("call", request.call, 1, 64), ("actor", request.actor, 1, MAX_ACTOR))
    leg = request.leg if isinstance(request, WithdrawConsent) else ""
    reason = "" if isinstance(request, OrderEntry) else request.reason
    for name, word, least, most in (*limits, ("leg", leg, 0, 64), ("reason", reason, 0, MAX_REASON)):
        if not least <= len(word) <= most or not word.isprintable():
            return f"{name}: {least} to {most} printable characters are needed"
    return ""


async def listen(path: Path, control: Control, uid: int | None = None) -> asyncio.Server:
    """Listen on `path` in place of the socket that a crash left; `uid` may connect, None = our own."""
    clients = _Clients(control, os.getuid() if uid is None else uid)
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(clients.attend, str(path), limit=MAX_REQUEST)
    path.chmod(0o600)
    return server


async def serve(path: Path, control: Control) -> None:
    """Take orders until cancelled."""
    server = await listen(path, control)
    try:
        await server.serve_forever()
    finally:
        path.unlink(missing_ok=True)


class _Clients:
    """Whoever is connected; one request each."""

    def __init__(self, control: Control, uid: int) -> None:
        self._control, self._uid = control, uid
        self._n_clients = 0

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._n_clients += 1
        try:
            reply = await self._reply(reader, peer_of(writer))
            writer.write(REPLIES.encode(reply) + b"\n")
            await asyncio.wait_for(writer.drain(), REQUEST_S)
        except (TimeoutError, OSError):
            _log.warning("a client of the control socket went away")
        finally:
            self._n_clients -= 1
            writer.close()

    async def _reply(self, reader: asyncio.StreamReader, peer: Peer | None) -> ControlReply:
        if peer is None or peer.uid != self._uid:
            _log.warning("%s was refused at the control socket", peer)
            return Refused(reason=f"the PBX takes orders from the user that it runs as, {self._uid}")
        if self._n_clients > MAX_CLIENTS:
            return Refused(reason=f"{MAX_CLIENTS} others have the control socket: try again")
        try:
            line = await asyncio.wait_for(reader.readline(), REQUEST_S)
            request = REQUESTS.decode(line)
            if isinstance(request, ChangePlan):
                request = replace(request, author=peer.person)
            return await self._control.reply(request)
        except TimeoutError:
            return Refused(reason=f"no request within {REQUEST_S:.0f} s")
        except ValueError:  # of `readline`
            return Refused(reason=f"a request has {MAX_REQUEST} octets at most")
        except ParseError:
            return Refused(reason="not a request of this version of the PBX")
