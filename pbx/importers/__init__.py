"""Configurations of other systems, read into ours: what is carried over, and a report of what is not."""
