"""The question to DNS."""

from dataclasses import dataclass
from typing import Literal

RecordType = Literal["NAPTR", "SRV", "A", "AAAA"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDns:
    """Find the records of one name and type; DnsAnswered follows."""

    name: str
    type: RecordType
