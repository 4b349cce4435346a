"""Alembic revisions of the store, shipped inside the package."""
