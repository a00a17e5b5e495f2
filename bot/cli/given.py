"""What the commands have in common: formats, settings, a database, a question at the keyboard."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from bot.app import Carnet
    from bot.messages import About
    from bot.settings import Settings
    from bot.storage.database import Database


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Plain(StrEnum):
    """How what is no table of figures is printed."""

    TABLE = "table"
    JSON = "json"


OUTPUT = Annotated[Plain, typer.Option("--format", help="table ou json")]
FIGURES = Annotated[Format, typer.Option("--format", help="table, json ou csv")]
YES = Annotated[bool, typer.Option("--yes", help="Faire sans demander.")]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Montrer sans rien écrire.")]
ON = Annotated[str, typer.Option("--date", help="AAAA-MM-JJ ou JJ/MM/AAAA")]
NOTES = Annotated[
    list[str] | None, typer.Option(help='Infos pratiques ; autres langues : "ar=..."')
]
ONE_CENTRE = Annotated[str | None, typer.Option(help="Un seul centre")]
FAMILIES = Annotated[
    list[str] | None, typer.Option("--family", help="Seulement ces familles (référence)")
]
SEGMENT = Annotated[str | None, typer.Option(help="Un public enregistré")]
MEDIA_LANGUAGE = Annotated[str, typer.Option(help="Langue des familles : fr, ar, tr…")]
MEDIA_FILE = Annotated[
    Path | None, typer.Option(help="Note vocale (.ogg, .mp3, .m4a) ou image (.jpg, .png)")
]
MEDIA_REMOVED = Annotated[bool, typer.Option("--remove", help="Retirer celle-là.")]


def settings() -> Settings:
    """What the environment and `.env` decide."""
    from bot.settings import read_settings

    return read_settings()


def database() -> Database:
    """The configured database, its tables up to date."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.errors import SettingsError
    from bot.storage.database import Database
    from bot.storage.schema import migrate

    url = settings().database
    try:
        found = Database(url)
        migrate(found)
    except (OSError, SQLAlchemyError) as error:
        raise SettingsError(
            "La base de données ne s'ouvre pas. Vérifiez CARNET_DATA_FOLDER ou "
            f"CARNET_DATABASE_URL ({type(error).__name__})."
        ) from error
    return found


def carnet() -> Carnet:
    """Everything of one process, wired."""
    from bot.app import build

    return build(settings())


def demo_folder() -> Path:
    """The demonstration's own folder, beside the real data wherever that is kept."""
    return settings().data_folder / "demo"


def asker() -> Callable[[str], bool] | None:
    """How to ask before something leaves; None where nobody sits at the keyboard."""
    return typer.confirm if sys.stdin.isatty() else None


def attach(about: About, language: str, file: Path | None, *, remove: bool, output: Plain) -> None:
    """Let a voice note or a picture go out with the first message of `about`, or no longer."""
    from bot.app import wall_clock
    from bot.commands.media import run_media

    run_media(
        database(),
        about,
        wall_clock(),
        language=language,
        file=file,
        remove=remove,
        as_json=output is Plain.JSON,
    )


def fail(text: str) -> NoReturn:
    """Say on standard error what went wrong, and end."""
    typer.secho(text, fg=typer.colors.RED, err=True)
    raise SystemExit(2)
