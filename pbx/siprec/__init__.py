"""SIPREC: calls forked to a recorder that is not ours (RFC 7866, RFC 7865)."""
