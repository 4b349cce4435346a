"""Reads the shipped consent data."""
