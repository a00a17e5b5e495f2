"""Bring a database's tables up to date through its migrations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Apply what is missing; nothing where the tables are up to date."""
    from alembic import command
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = configuration()
    head = ScriptDirectory.from_config(config).get_current_head()
    with database.read() as db:
        if MigrationContext.configure(db).get_current_revision() == head:
            return
    with database.write() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "head")


def configuration() -> Config:
    """Alembic's configuration, without a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
