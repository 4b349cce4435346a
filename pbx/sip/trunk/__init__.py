"""Trunks: who a carrier is, and how we register with it, watch it and find it."""
