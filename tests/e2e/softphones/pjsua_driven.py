"""PJSIP (pjsua2) as driven telephones; its build has room for four calls in one process."""

import os
import re
import select
import sys
from collections.abc import Iterator
from typing import Any

import pjsua2

from tests.e2e.softphones.driven import (
    DOMAIN,
    Desk,
    DeskOrders,
    Fact,
    Order,
    desk_orders,
    first_line,
    heard_file,
    order,
    tell,
    tone_file,
)

PUMP_MS = 10
READ_OCTETS = 1 << 16
LOCAL = "127.0.0.1"
_CALL_ID, _FROM_TAG, _TO_TAG = r"^Call-ID: (\S+)", r"^From:.*;tag=([^;\s]+)", r"^To:.*;tag=([^;\s]+)"


class Telephone(pjsua2.Account):  # type: ignore[misc]
    """One account, its calls by name."""

    def __init__(self, desk: Desk, orders: DeskOrders) -> None:
        super().__init__()
        self.desk, self.folder = desk, orders.folder
        self.calls: dict[str, Line] = {}
        self.player = pjsua2.AudioMediaPlayer()
        self.player.createPlayer(str(tone_file(orders.folder, desk)))

    def onRegState(self, prm: Any) -> None:  # noqa: N802, the library's name
        """Take the answer of the registrar."""
        if prm.code == 200:
            tell(Fact(user=self.desk.user, what="registered"))

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """Ring; PJSIP refuses a call that has no object when this returns."""
        call = self.calls[f"in{len(self.calls)}"] = Line(self, f"in{len(self.calls)}", prm.callId)
        call.answer(_status(180))
        display = re.match(r'"([^"]*)"', call.getInfo().remoteUri)
        call.tell("incoming", display=display[1] if display else "")

    def do(self, one: Order) -> None:
        """Carry out one order."""
        if one.act == "call":
            call = self.calls[one.call] = Line(self, one.call)
            call.makeCall(one.target, _in_place_of(one.replaces))
            return
        call = self.calls[one.call]
        match one.act:
            case "answer" | "reject":
                call.answer(_status(one.status or 200))
            case "redirect":
                call.answer(_redirection(one.target))
            case "hang_up":
                call.hangup(pjsua2.CallOpParam(True))
            case "hold":
                call.setHold(pjsua2.CallOpParam(True))
            case "resume":
                goes_on = pjsua2.CallOpParam(True)
                goes_on.opt.flag = pjsua2.PJSUA_CALL_UNHOLD
                call.reinvite(goes_on)
            case "transfer" if one.other:
                call.xferReplaces(self.calls[one.other], pjsua2.CallOpParam(True))
            case "transfer":
                call.xfer(f"<{one.target}>", pjsua2.CallOpParam(True))
            case "press":
                call.dialDtmf(one.target)


class Line(pjsua2.Call):  # type: ignore[misc]
    """One call, which says the tone as soon as there is sound."""

    def __init__(self, telephone: Telephone, name: str, number: int = pjsua2.PJSUA_INVALID_ID) -> None:
        super().__init__(telephone, number)
        self._telephone, self._name = telephone, name
        self._recorder = pjsua2.AudioMediaRecorder()
        self._recorder.createRecorder(str(heard_file(telephone.folder, telephone.desk.user, name)))

    def tell(self, what: Any, status: int = 0, display: str = "", replaces: str = "") -> None:
        """Say what became of it."""
        user, call = self._telephone.desk.user, self._name
        tell(Fact(user=user, call=call, what=what, status=status, display=display, replaces=replaces))

    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """Take note of the state."""
        info = self.getInfo()
        match info.state:
            case pjsua2.PJSIP_INV_STATE_EARLY:
                self.tell("ringing")
            case pjsua2.PJSIP_INV_STATE_CONFIRMED:
                self.tell("up")
            case pjsua2.PJSIP_INV_STATE_DISCONNECTED:
                self.tell("over", int(info.lastStatusCode))

    def onCallTsxState(self, prm: Any) -> None:  # noqa: N802
        """Read the dialog of a call that came in off our 180: nothing else of PJSIP tells our tag."""
        event = prm.e.body.tsxState
        if event.type != pjsua2.PJSIP_EVENT_TX_MSG or event.tsx.method != "INVITE":
            return
        sent = event.src.tdata.wholeMsg
        found = [re.search(header, sent, re.MULTILINE) for header in (_CALL_ID, _FROM_TAG, _TO_TAG)]
        if sent.startswith("SIP/2.0 180") and all(found):
            call_id, theirs, ours = (one[1] for one in found if one)
            self.tell("dialog", replaces=f"{call_id};to-tag={theirs};from-tag={ours}")

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Connect the tone with the call and the call with the recorder, unless somebody holds."""
        info = self.getInfo()  # its media live as long as this does
        if info.media[0].status in (pjsua2.PJSUA_CALL_MEDIA_ACTIVE, pjsua2.PJSUA_CALL_MEDIA_REMOTE_HOLD):
            sound = self.getAudioMedia(-1)
            self._telephone.player.startTransmit(sound)
            sound.startTransmit(self._recorder)

    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """Take what a NOTIFY says."""
        self.tell("transferred", int(prm.statusCode))


def _status(code: int) -> Any:
    answer = pjsua2.CallOpParam(True)
    answer.statusCode = code
    return answer


def _in_place_of(replaces: str) -> Any:
    call = pjsua2.CallOpParam(True)
    if replaces:
        header = pjsua2.SipHeader()
        header.hName, header.hValue = "Replaces", replaces
        call.txOption.headers.append(header)
    return call


def _redirection(target: str) -> Any:
    answer, contact = _status(302), pjsua2.SipHeader()
    contact.hName, contact.hValue = "Contact", f"<{target}>"
    answer.txOption.headers.append(contact)
    return answer


def _endpoint(hosts: list[str]) -> tuple[Any, dict[str, int]]:
    """Return the library, and its transport on each address."""
    endpoint, config = pjsua2.Endpoint(), pjsua2.EpConfig()
    endpoint.libCreate()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    endpoint.libInit(config)
    transports = {}
    for host in hosts:
        transport = pjsua2.TransportConfig()
        transport.boundAddress = transport.publicAddress = host
        transports[host] = endpoint.transportCreate(pjsua2.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    return endpoint, transports


def _account(desk: Desk, port: int, transport: int) -> Any:
    config = pjsua2.AccountConfig()
    config.idUri = f"sip:{desk.user}@{DOMAIN if desk.password else desk.host}"
    config.sipConfig.proxies.append(f"sip:{LOCAL}:{port};lr")
    config.sipConfig.transportId = transport
    config.mediaConfig.transportConfig.boundAddress = desk.host
    config.mediaConfig.transportConfig.publicAddress = desk.host
    if desk.password:
        config.regConfig.registrarUri = f"sip:{LOCAL}:{port}"
        config.sipConfig.authCreds.append(pjsua2.AuthCredInfo("digest", "*", desk.user, 0, desk.password))
    return config


def _lines(endpoint: Any) -> Iterator[str]:
    """Give PJSIP its turn until stdin is closed; yield what comes on it."""
    read = b""
    while True:
        if select.select([sys.stdin], [], [], 0)[0]:
            octets = os.read(0, READ_OCTETS)
            if not octets:
                return
            *whole, read = (read + octets).split(b"\n")
            yield from (line.decode() for line in whole)
        endpoint.libHandleEvents(PUMP_MS)


def main(orders: DeskOrders) -> None:
    """Carry out orders; every Line and Telephone is gone before the library is."""
    endpoint, transports = _endpoint(sorted({desk.host for desk in orders.desks}))
    telephones = {desk.user: Telephone(desk, orders) for desk in orders.desks}
    for user, telephone in telephones.items():
        telephone.create(_account(telephone.desk, orders.port, transports[telephone.desk.host]))
        if not telephone.desk.password:
            tell(Fact(user=user, what="registered"))
    for line in _lines(endpoint):
        one = order(line)
        telephones[one.user].do(one)
    endpoint.hangupAllCalls()
    for telephone in telephones.values():
        telephone.shutdown()
        telephone.calls.clear()
    telephones.clear()
    del telephone
    endpoint.libDestroy()


if __name__ == "__main__":
    main(desk_orders(first_line()))
