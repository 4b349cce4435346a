"""The operating system's entropy as `Ids`."""

import os


class SystemIds:
    """Cryptographically strong `Ids`."""

    __slots__ = ()

    def octets(self, n_bytes: int) -> bytes:
        return os.urandom(n_bytes)
