"""Transfers on the wire: REFER (RFC 3515), its implicit subscription, Replaces (RFC 3891)."""
