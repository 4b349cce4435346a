"""The fault points of the finaliser: where a test may end it, between every two steps."""

FAULT_POINTS = (
    "after_lock",
    "after_unwrap",
    "after_read",
    "after_payload",
    "after_sign",
    "after_sealed",
    "after_upload",
    "after_verify",
    "after_commit",
    "after_delete_payload",
    "after_delete_journal",
)


def no_fault(_point: str) -> None:
    """The fault points of a process in service do nothing."""
