"""A peer played by hand: literal messages to one engine on a manual clock, and what it sends back."""

from collections.abc import Sequence

from pbx.core.address import Remote
from pbx.sip.effects import Answer, PlaceCall
from pbx.sip.events import CallOffered, LegAnswered, LegConfirmed, PacketReceived
from pbx.sip.message import Message, Request, Response
from pbx.sip.settings import EndpointSettings
from tests.sip.conftest import ANSWER, LEG, OFFER, PBX, PHONE, Network, open_settings, place

ALLOW = "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE"
SDP = "Content-Type: application/sdp"
SOURCE = Remote("udp", PHONE.host, PHONE.port)


class Peer:
    """One dialog with the engine at PBX; `leg` is the engine's name for it."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        self.network = Network(settings or open_settings(PBX))
        self.leg = LEG
        self.invite: Request | None = None
        self.tag = "peer"
        self.cseq = 0
        self._is_caller = False
        self._n_branches = 0

    def calls(self, *lines: str, body: bytes = OFFER) -> list[Message]:
        """INVITE the engine, which reports the offer."""
        self._is_caller = True
        sent = self.request("INVITE", ALLOW, *lines, body=body)
        offered = [one for one in self.network.events[PBX] if isinstance(one, CallOffered)]
        if offered:
            self.network.events[PBX].remove(offered[0])
            self.leg = offered[0].leg
        return sent

    def is_called(self, order: PlaceCall | None = None) -> Request:
        """Let the engine INVITE this peer."""
        self.network.order(PBX, order or place(PHONE))
        self.invite = self.last_request("INVITE")
        return self.invite

    def answers(self, *lines: str, body: bytes = ANSWER, tag: str = "peer") -> list[Message]:
        """200 to the engine's INVITE."""
        self.tag = tag
        assert self.invite is not None
        sent = self.respond(self.invite, 200, ALLOW, *lines, body=body)
        self.network.take(PBX, LegAnswered)
        return sent

    def is_answered(self, *lines: str) -> None:
        """The engine answers, this peer acknowledges."""
        self.network.order(PBX, Answer(leg=self.leg, answer=ANSWER))
        self.request("ACK", *lines, cseq=self.cseq)
        self.network.take(PBX, LegConfirmed)

    def request(
        self, method: str, *lines: str, body: bytes = b"", cseq: int = 0, branch: str = ""
    ) -> list[Message]:
        """Send a request; without `cseq` it is the next one of the dialog."""
        self.cseq = cseq or self.cseq + 1
        self._n_branches += 1
        branch = branch or f"z9hG4bKpeer{self._n_branches}"
        call_id, local, remote = self._names()
        head = [
            f"{method} sip:pbx@10.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 10.0.0.2:5060;branch={branch}",
            f"From: {local}",
            f"To: {remote}",
            f"Call-ID: {call_id}",
            f"CSeq: {self.cseq} {method}",
            *(["Contact: <sip:peer@10.0.0.2:5060>"] if method in ("INVITE", "UPDATE") else []),
        ]
        return self.inject(head, lines, body)

    def respond(
        self, request: Message, status: int, *lines: str, body: bytes = b"", tag: str | None = None
    ) -> list[Message]:
        """Answer a request of the engine."""
        tag = self.tag if tag is None else tag
        copied = [f"{n}: {v}" for n, v in request.headers if n in ("Via", "From", "Call-ID", "CSeq")]
        to = request.headers.get("To") or ""
        if request.to.tag is None and tag:
            to += f";tag={tag}"
        head = [f"SIP/2.0 {status} X", *copied, f"To: {to}", f"Contact: <sip:{tag or 'peer'}@10.0.0.2:5060>"]
        return self.inject(head, lines, body)

    def inject(self, head: list[str], lines: Sequence[str], body: bytes) -> list[Message]:
        """Send octets; return what the engine sends at once."""
        since = len(self.network.log)
        kind = [SDP] if body and not any(line.startswith("Content-Type") for line in lines) else []
        text = "\r\n".join([*head, *lines, *kind, f"Content-Length: {len(body)}", "\r\n"])
        self.network.inject(PBX, PacketReceived(octets=text.encode() + body, remote=SOURCE))
        return [message for _, _, message in self.network.log[since:]]

    def last_request(self, method: str) -> Request:
        """The engine's last request of a method."""
        message = self.network.sent(PBX, method)[-1]
        assert isinstance(message, Request)
        return message

    def last_response(self, status: int) -> Response:
        """The engine's last response of a status."""
        message = self.network.sent(PBX, str(status))[-1]
        assert isinstance(message, Response)
        return message

    def _names(self) -> tuple[str, str, str]:
        if not self._is_caller:
            assert self.invite is not None
            local = f"{self.invite.headers.get('To')};tag={self.tag}"
            return self.invite.call_id, local, self.invite.headers.get("From") or ""
        tagged = [
            message.to.tag
            for _, _, message in self.network.log
            if isinstance(message, Response) and message.status > 100 and message.cseq.method == "INVITE"
        ]
        to = "<sip:pbx@10.0.0.1>" + (f";tag={tagged[0]}" if tagged else "")
        return "by-hand", f"<sip:peer@10.0.0.2>;tag={self.tag}", to


def statuses(messages: list[Message]) -> list[int]:
    """The statuses of the responses among messages."""
    return [message.status for message in messages if isinstance(message, Response)]


def called_by_peer(*lines: str, settings: EndpointSettings | None = None) -> Peer:
    """A confirmed call that the peer placed."""
    peer = Peer(settings)
    peer.calls(*lines)
    peer.is_answered()
    return peer


def called_by_us(*lines: str, settings: EndpointSettings | None = None) -> Peer:
    """A confirmed call that the engine placed."""
    peer = Peer(settings)
    peer.is_called()
    peer.answers(*lines)
    return peer
