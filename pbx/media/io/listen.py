"""The command line of a worker on another machine: where it listens, and what proves who is who."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from pbx.core.address import Address
from pbx.core.errors import StorageError
from pbx.core.io.tls_channel import TlsFiles, server_context


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """`names` = DNS names of the signalling processes that may connect; none = all of the authority."""

    address: Address
    files: TlsFiles
    names: frozenset[str] = frozenset()


def add_listen(parser: argparse.ArgumentParser, group: "argparse._MutuallyExclusiveGroup") -> None:
    """Add the options to `parser`, the address as an alternative in `group`."""
    group.add_argument("--listen", metavar="HOST:PORT", help="TCP address to listen on, with TLS")
    parser.add_argument("--tls-certificate", type=Path, metavar="FILE", help="PEM: ours, with its chain")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="PEM: the key of it")
    parser.add_argument("--tls-ca", type=Path, metavar="FILE", help="PEM: who signs signalling's certificate")
    parser.add_argument("--tls-names", default="", metavar="NAME,...", help="DNS names that may connect")


def read_listen(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> Listen | None:
    """Return what was asked for, None = a Unix socket; exits with a message when it makes no sense."""
    given = {
        "--tls-certificate": parsed.tls_certificate,
        "--tls-key": parsed.tls_key,
        "--tls-ca": parsed.tls_ca,
    }
    if parsed.listen is None:
        if any(given.values()) or parsed.tls_names:
            parser.error("--tls-...: only with --listen, a Unix socket has no TLS")
        return None
    missing = [option for option, file in given.items() if file is None]
    if missing:
        parser.error(
            f"--listen: needs {', '.join(missing)} too, orders do not go over a network in the clear"
        )
    files = TlsFiles(certificate=parsed.tls_certificate, key=parsed.tls_key, ca=parsed.tls_ca)
    try:
        server_context(files)
    except StorageError as error:
        parser.error(f"--tls-...: {error}")
    names = frozenset(name.strip().lower() for name in parsed.tls_names.split(",") if name.strip())
    return Listen(address=_address(parser, parsed.listen), files=files, names=names)


def _address(parser: argparse.ArgumentParser, text: str) -> Address:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        parser.error("--listen: HOST:PORT, an IPv6 address in brackets")
    return Address(host, int(port))
