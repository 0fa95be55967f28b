"""The schema's versions: each file in `versions` moves a database one step up, and its data with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

from connectors.errors import InputError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

HEAD = "0004"
"""The newest version; a database that has it is used as it is."""


def bring_up(engine: Engine) -> None:
    """Moves the database up to the newest version. Raises InputError if a newer program has made it."""
    with engine.begin() as connection:
        known = "alembic_version" in inspect(connection).get_table_names()
        version = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
        if version == HEAD:
            return
        from alembic import command  # here, because it takes longer to import than a start should

        config = _config()
        if version is not None and version not in {script.revision for script in _scripts(config).walk_revisions()}:
            message = f"the database has version {version}, which this gridwire does not know"
            raise InputError(message, remedy="Start it with the newer gridwire that has used it last.")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _scripts(config: Config) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)
