"""Everything that reads what a peer wrote, with texts that it likes."""

from collections.abc import Callable
from dataclasses import dataclass

from pbx.core.address import Address, Remote
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.core.srtp import IceCredentials
from pbx.core.wire import Codec
from pbx.media import rtcp, rtp
from pbx.media.dtmf import DtmfReceiver
from pbx.media.ice_lite import IceLite
from pbx.media.session import FromWorker, ToWorker
from pbx.sip.crypto_attribute import parse_crypto
from pbx.sip.digest import parse_authorization, parse_challenge
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import PacketReceived
from pbx.sip.grammar import parse_params, split_commas
from pbx.sip.headers import parse_cseq, parse_name_addr, parse_via
from pbx.sip.message import frame_length, parse_message, salvage
from pbx.sip.negotiation import Negotiation
from pbx.sip.notify.pidf import parse_pidf
from pbx.sip.reliable import parse_rack
from pbx.sip.sdp import parse_sdp
from pbx.sip.settings import EndpointSettings, TrunkPeer
from pbx.sip.stir.identity_header import parse_identity
from pbx.sip.stun import binding_answer
from pbx.sip.uri import parse_uri
from tests.torture.messages import load

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nb=AS:80\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=sendrecv\r\n"
    b"m=video 5000 RTP/AVP 97\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:97 H264/90000\r\n"
)
DIGEST = (
    b'Digest username="alice", realm="example.com", nonce="0123456789abcdef", uri="sip:example.com", '
    b'response="0123456789abcdef0123456789abcdef", algorithm=MD5, cnonce="x", qop=auth, nc=00000001'
)
PIDF = (
    b"<?xml version='1.0'?><presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:a@b'>"
    b"<tuple id='1'><status><basic>open</basic></status><note>here</note></tuple></presence>"
)
RTP = (
    bytes.fromhex("8000000100000050deadbeef") + bytes(160),
    bytes.fromhex("80e5000200000050deadbeef058a0320"),  # a telephone event: 5, its end, 100 ms
    bytes.fromhex("b265000300000050deadbeef0000000100000002bede0001aabbccdd") + bytes(20) + b"\x04",
)
RTCP = (
    bytes.fromhex(
        "81c8000c00000007e9000000800000000000038400000064000003e80000000940ffffff0001ffff"
        "0000000a0000000b0000000c81ca00040000000701036162630201440000000081cb000200000007026f6b00"
    ),
    bytes.fromhex(
        "80c900010000000780cf0011000000070400000200000000000000000500000300000009000000010000000207000008"
    )
    + bytes(32),
)
STUN = (
    bytes.fromhex("000100002112a442000102030405060708090a0b"),
    bytes.fromhex("000100182112a442000102030405060708090a0b0006000561623a6364000000802800045a5b5c5d"),
)
CHECK = bytes.fromhex(  # RFC 5769 §2.1
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
CREDENTIALS = IceCredentials(
    local_ufrag="evtj",
    local_password=Secret("VOkJxbRl1RmTxUk/WvJxBt"),
    remote_ufrag="h6vY",
    remote_password=Secret("p" * 22),
)
ORDERS = (
    b'{"type":"CloseLeg","leg":"a"}',
    b'{"type":"BridgeLegs","a":"1","b":"2"}',
    b'{"type":"Hello","version":1,"session":"a","received":7}',
)
FACTS = (
    b'{"type":"DigitReceived","leg":"a","digit":"5","duration_ms":100}',
    b'{"type":"Welcome","version":1,"instance":"a","resumed":true,"received":7}',
)
MESSAGES = tuple(one.octets for rfc in ("4475", "5118") for one in load(rfc).values())
CRYPTO = (
    b"1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd|2^31|1:4 WSH=64",
    b"2 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==",
)
SOURCES = (
    Remote("udp", "192.0.2.9", 5060),
    Remote("udp", "198.51.100.1", 5060),
    Remote("tcp", "192.0.2.9", 5060, 1),
)
RESTART = 500  # packets; then the endpoint is a new one, so that a find can be repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader; its seeds are mutated, and PeerFault is all that it may raise."""

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda octets: parse(octets.decode("utf-8", "replace"))


class _Packets:
    """A PBX that gets everything as a packet, from a carrier, a stranger and a stream in turn."""

    def __init__(self) -> None:
        self._count = 0
        self._now = 1000.0
        self._endpoint = self._new()

    def _new(self) -> Endpoint:
        settings = EndpointSettings(
            listen=Address("192.0.2.1", 5060),
            domains={"example.com": "acme"},
            trunks=(TrunkPeer(name="carrier", tenant="acme", networks=("192.0.2.9/32",)),),
        )
        return Endpoint(settings=settings, ids=SeededIds("fuzz"), nonce_key=b"k" * 32)

    def __call__(self, octets: bytes) -> object:
        self._count += 1
        if self._count % RESTART == 0:
            self._endpoint = self._new()
        self._now += 0.01
        packet = PacketReceived(octets=octets, remote=SOURCES[self._count % len(SOURCES)])
        return self._endpoint.handle(packet, self._now)


class _Audio:
    """What a media worker reads of a datagram: RTP, and the telephone events in it."""

    def __init__(self) -> None:
        self._count = 0
        self._keypad = DtmfReceiver()

    def __call__(self, octets: bytes) -> object:
        self._count += 1
        if self._count % RESTART == 0:
            self._keypad = DtmfReceiver()
        packet = rtp.parse(octets, len(octets))
        return self._keypad.packet(packet.rtp_time, octets[packet.start : packet.end], self._count * 0.02)


def targets() -> tuple[Target, ...]:
    """Return every reader."""
    uris = (
        b"sip:a%40b:pw@[2001:db8::1]:5060;user=phone;lr?Replaces=x%3Bto-tag%3D1",
        b"tel:+44-1632-960100;ext=1",
    )
    addresses = (b'"A \\"B\\"" <sip:a@b;x=1>;tag=1;q=0.5', b"sip:a@b;tag=2", b"Bob <sips:b@c?x=y>")
    vias = (b"SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1;rport;received=192.0.2.1", b"SIP / 2.0 / TCP h")
    identity = (b"eyJ.eyJ.sig;info=<https://x.example/c.pem>;alg=ES256;ppt=shaken",)
    return (
        Target(name="packet", read=_Packets(), seeds=MESSAGES),
        Target(name="message", read=parse_message, seeds=MESSAGES),
        Target(name="rest of a message", read=salvage, seeds=MESSAGES),
        Target(name="frame", read=frame_length, seeds=MESSAGES),
        Target(name="sdp", read=parse_sdp, seeds=(SDP,)),
        Target(name="offer", read=lambda sdp: Negotiation(("192.0.2.1", 20000), 1).answer(sdp), seeds=(SDP,)),
        Target(name="uri", read=_text(parse_uri), seeds=uris),
        Target(name="address", read=_text(parse_name_addr), seeds=addresses),
        Target(name="via", read=_text(parse_via), seeds=vias),
        Target(name="cseq", read=_text(parse_cseq), seeds=(b"1 INVITE", b"2147483647 FOO")),
        Target(name="rack", read=_text(parse_rack), seeds=(b"1 1 INVITE",)),
        Target(name="authorization", read=_text(parse_authorization), seeds=(DIGEST,)),
        Target(name="challenge", read=_text(parse_challenge), seeds=(DIGEST,)),
        Target(name="parameters", read=_text(parse_params), seeds=(b';a=b;c;d="e;f"',)),
        Target(name="list", read=_text(split_commas), seeds=(b'"a,b" <sip:c,d>, e, <f>',)),
        Target(name="identity", read=_text(parse_identity), seeds=identity),
        Target(name="presence", read=parse_pidf, seeds=(PIDF,)),
        Target(name="audio", read=_Audio(), seeds=RTP),
        Target(name="rtcp", read=rtcp.parse, seeds=RTCP),
        Target(name="stun", read=lambda octets: binding_answer(octets, "192.0.2.9", 5060), seeds=STUN),
        Target(
            name="check",
            read=lambda octets: IceLite(CREDENTIALS).handle(octets, ("192.0.2.9", 4000), 1.0),
            seeds=(CHECK, *STUN),
        ),
        Target(name="crypto", read=_text(parse_crypto), seeds=CRYPTO),
        Target(name="order", read=Codec[ToWorker](ToWorker).decode, seeds=ORDERS),
        Target(name="fact", read=Codec[FromWorker](FromWorker).decode, seeds=FACTS),
    )
