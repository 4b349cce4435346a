"""The other end of a secure leg, as a browser is one: checks, a handshake, protected packets."""

from pbx.core.secret import Secret
from pbx.core.srtp import DtlsParameters, Fingerprint, IceCredentials, SetupRole
from pbx.core.stun import (
    ICE_CONTROLLING,
    PRIORITY,
    REQUEST,
    USE_CANDIDATE,
    USERNAME,
    attribute,
    build_stun,
    with_fingerprint,
    with_integrity,
)
from pbx.media.dtls import DtlsAssociation
from pbx.media.io.dtls_identity import new_identity
from pbx.media.rtp import RtpPacket, build
from pbx.media.srtp import SrtpSession

SSRC = 0xDEADBEEF
RTCP = bytes.fromhex("80c90001deadbeef")
OURS, BROWSERS = new_identity(), new_identity()
ICE = IceCredentials(
    local_ufrag="ours",
    local_password=Secret("p" * 24),
    remote_ufrag="them",
    remote_password=Secret("q" * 24),
)


def rtp(seq: int, ssrc: int = SSRC) -> bytes:
    """Return 20 ms of G.711."""
    return build(RtpPacket(0, False, seq, seq * 160, ssrc, 0, 0), b"v" * 160)


def parameters(
    role: SetupRole,
    *,
    ice: IceCredentials | None = ICE,
    fingerprints: tuple[Fingerprint, ...] = (BROWSERS.fingerprint,),
) -> DtlsParameters:
    """Return what our end is told about the browser."""
    return DtlsParameters(role=role, remote_fingerprints=fingerprints, ice=ice, rtcp_mux=True)


class BrowserEnd:
    """Its own half of everything; `role` is the browser's."""

    def __init__(self, role: SetupRole, ice: IceCredentials = ICE) -> None:
        self.dtls = DtlsAssociation(
            BROWSERS, DtlsParameters(role=role, remote_fingerprints=(OURS.fingerprint,))
        )
        self._ice = ice
        self._count = 0
        self._srtp: SrtpSession | None = None

    def check(self, *, nominates: bool = True, password: str = "") -> bytes:
        """Return a fresh connectivity check."""
        self._count += 1
        fields = [
            attribute(USERNAME, f"{self._ice.local_ufrag}:{self._ice.remote_ufrag}".encode()),
            attribute(PRIORITY, b"\x6e\0\1\xff"),
            attribute(ICE_CONTROLLING, bytes(8)),
        ]
        fields += [attribute(USE_CANDIDATE, b"")] if nominates else []
        plain = build_stun(REQUEST, self._count.to_bytes(12, "big"), fields)
        key = (password or self._ice.local_password.reveal()).encode()
        return with_fingerprint(with_integrity(plain, key))

    @property
    def srtp(self) -> SrtpSession:
        """The protection of what it sends; only after the handshake."""
        keys = self.dtls.keys
        assert keys is not None
        if self._srtp is None:
            self._srtp = SrtpSession(keys.suite, keys.local, keys.remote)
        return self._srtp
