"""Fetches the certificates that PASSporTs name."""
