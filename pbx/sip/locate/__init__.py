"""Locating SIP servers: from a name to addresses (RFC 3263)."""
