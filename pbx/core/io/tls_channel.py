"""The channel between processes on two machines: TCP, TLS 1.3, and a certificate at both ends."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pbx.core.address import Address
from pbx.core.errors import StorageError, TransportError
from pbx.core.io.channel import Accept, Channel, attend
from pbx.core.wire import Codec

InT = TypeVar("InT")
OutT = TypeVar("OutT")
CONNECT_S = 3.0  # TCP and TLS; a lost SYN is repeated after one second
MAX_WAITING = 16  # connections that the kernel holds for us: there is one peer


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """PEM files: our certificate with its chain, its key, and the authority that signs the peer's."""

    certificate: Path
    key: Path
    ca: Path


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """Ask every client for a certificate of `ca`; StorageError names the file that cannot be used."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, files)
    context.verify_mode = ssl.CERT_REQUIRED
    context.num_tickets = 0  # a connection lasts for weeks, nobody comes back with a ticket
    return context


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """Believe only servers of `ca` that have the name we call; StorageError as above."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, files)


def _context(protocol: int, files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(files.ca)
    except (OSError, ssl.SSLError) as error:
        raise StorageError(f"{files.ca}: {_why(error)}", retryable=False) from None
    try:
        context.load_cert_chain(files.certificate, files.key, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        message = f"{files.certificate} with {files.key}: {_why(error)}"
        raise StorageError(message, retryable=False) from None
    return context


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM of the right kind").lower().replace("_", " ")
    return error.strerror or str(error) or type(error).__name__


async def connect_tls(
    address: Address,
    context: ssl.SSLContext,
    name: str,
    codecs: tuple[Codec[InT], Codec[OutT]],
) -> Channel[InT, OutT]:
    """Connect to the process that proves to be `name`; TransportError says what is wrong."""
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=context, server_hostname=name
            )
    except TimeoutError:
        raise TransportError(f"{address}: no answer within {CONNECT_S:.0f} s") from None
    except OSError as error:
        raise TransportError(f"{address}: {_why(error)}") from None
    return Channel(reader, writer, *codecs)


async def serve_tls(
    address: Address,
    context: ssl.SSLContext,
    codecs: tuple[Codec[InT], Codec[OutT]],
    accept: Accept[InT, OutT],
) -> asyncio.Server:
    """Listen; `accept` gets the channel of each client that has a certificate, see `Channel.peer_names`."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await attend(Channel(reader, writer, *codecs), accept)

    return await asyncio.start_server(
        connected,
        address.host,
        address.port,
        ssl=context,
        ssl_handshake_timeout=CONNECT_S,
        backlog=MAX_WAITING,
    )
