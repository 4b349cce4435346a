"""Typed messages between our processes: a closed union of frozen dataclasses as tagged JSON."""

import base64
import json
from typing import Any, Generic, TypeVar, get_args, get_origin

from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from pbx.core.errors import ParseError
from pbx.core.secret import Secret

MessageT = TypeVar("MessageT")
_ENCODER = json.JSONEncoder(separators=(",", ":"))  # `json.dumps` would make a new one for each message
MAX_MESSAGE = 1 << 20  # a play list or a statistics report is under 10 kB


def _is_secret(kind: Any) -> bool:
    return kind is Secret or get_origin(kind) is Secret


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(bytes, lambda v: base64.b64encode(v).decode())
    converter.register_structure_hook(bytes, lambda v, _: base64.b64decode(v, validate=True))
    converter.register_unstructure_hook_func(_is_secret, lambda v: v.reveal())
    converter.register_structure_hook_func(_is_secret, lambda v, _: Secret(str(v)))
    return converter


class Codec(Generic[MessageT]):
    """Encodes the members of one union; the tag is the class name.

    Secrets are revealed on this wire only: it is a Unix socket in a directory of mode 0700.
    """

    def __init__(self, union: Any) -> None:
        self._union = union
        self._converter = _converter()
        if len(get_args(union)) < 2:
            raise TypeError("a Codec needs a union of at least two message types")
        configure_tagged_union(union, self._converter, tag_name="type")

    def encode(self, message: MessageT) -> bytes:
        """Return the message as UTF-8 JSON without line ends."""
        tagged = self._converter.unstructure(message, unstructure_as=self._union)
        return _ENCODER.encode(tagged).encode()

    def decode(self, octets: bytes) -> MessageT:
        """Return the message; ParseError when the octets are not a member of the union."""
        try:
            message: MessageT = self._converter.structure(json.loads(octets), self._union)
        except Exception as error:
            raise ParseError(f"not a {self._union}: {type(error).__name__}") from None
        return message
