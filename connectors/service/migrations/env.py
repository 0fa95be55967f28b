"""What Alembic runs to move a database: with the connection that it is handed, in its transaction."""

from __future__ import annotations

from alembic import context

from connectors.service.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
