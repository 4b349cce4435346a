"""message-summary: how many messages wait in a box (RFC 3842)."""

from dataclasses import dataclass

from pbx.sip.notify.package import Snapshot

NAME = "message-summary"
CONTENT_TYPE = "application/simple-message-summary"
INTERVAL_S = 1.0  # RFC 3842 §3.9


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCounts:
    """Voice messages that nobody has heard, and the others."""

    new: int
    old: int

    def document(self, entity: str, version: int, before: Snapshot | None) -> bytes:
        """Return the summary (§5.2); nothing is urgent, so the counts of urgent ones are 0."""
        return (
            f"Messages-Waiting: {'yes' if self.new else 'no'}\r\n"
            f"Message-Account: {entity}\r\n"
            f"Voice-Message: {self.new}/{self.old} (0/0)\r\n"
        ).encode()
