"""Whether provisional responses are acknowledged (RFC 3262): what is asked of a peer."""

from typing import Literal

Reliable = Literal["never", "supported", "required"]
