"""The operating system's entropy as `Ids`."""

import secrets


class SystemIds:
    """Cryptographically strong `Ids`."""

    __slots__ = ()

    def octets(self, n_bytes: int) -> bytes:
        return secrets.token_bytes(n_bytes)
