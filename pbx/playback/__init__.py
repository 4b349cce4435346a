"""Recordings in a browser, for who holds a link (REC-11)."""
