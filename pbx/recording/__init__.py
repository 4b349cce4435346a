"""Recordings: journal, alignment, age v1 masters, manifests, vault and object store."""
