"""Toll fraud: who may call where, what it may cost, and who is stopped."""
