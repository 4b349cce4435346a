"""Sockets of the SIP endpoint: UDP and TCP."""
