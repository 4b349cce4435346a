"""Calls: legs, bridges and what happens between them."""
