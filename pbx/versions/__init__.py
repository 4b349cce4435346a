"""Versions of the plan: what was in force when, and what differs between two of them."""
