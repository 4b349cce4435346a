"""Runs the revisions on the connection that Database.migrate hands over."""

from alembic import context

from pbx.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
