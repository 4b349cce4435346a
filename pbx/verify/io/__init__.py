"""Carries one-time codes out of the house: by text message and by mail."""
