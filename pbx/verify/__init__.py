"""Caller verification: grades who is calling, tells nobody whether a guess was right."""
