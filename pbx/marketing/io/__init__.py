"""Reads the shipped calling rules."""
