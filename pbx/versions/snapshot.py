"""A snapshot: every file of a configuration folder at one moment, those of a plan with their octets."""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.core.errors import StorageError

DIGEST_CHARS = 16  # of a folder's name: 64 bits, of which nobody has two that are alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`plan` are the YAML files by path below the folder; `others` = prints of what they name (prompts)."""

    plan: Mapping[str, bytes] = field(repr=False)
    others: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, in hexadecimal; of two snapshots that are alike the same."""
        prints = {path: hashlib.sha256(octets).hexdigest() for path, octets in self.plan.items()}
        lines = json.dumps([sorted(prints.items()), sorted(self.others.items())])
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def name(self) -> str:
        """What a folder with it is called."""
        return self.digest[:DIGEST_CHARS]

    def packed(self) -> str:
        """Return it as one text, which `unpacked` understands; it may hold PINs, so it is for sealing."""
        plan = {path: base64.b85encode(octets).decode() for path, octets in self.plan.items()}
        lines = json.dumps({"plan": plan, "others": dict(self.others)})
        return base64.b85encode(zlib.compress(lines.encode(), 9)).decode()

    @classmethod
    def unpacked(cls, text: str) -> "Snapshot":
        """Return what was packed; StorageError when it was not."""
        try:
            found = json.loads(zlib.decompress(base64.b85decode(text)))
            plan = {str(path): base64.b85decode(octets) for path, octets in found["plan"].items()}
            return cls(plan=plan, others={str(path): str(it) for path, it in found["others"].items()})
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
            raise StorageError("a version of the plan is damaged", retryable=False) from None

    def moved(self, now: "Snapshot") -> tuple[str, ...]:
        """Return which other files are not what they were: a version names them, but does not hold them."""
        return tuple(sorted(path for path, it in self.others.items() if now.others.get(path) != it))
