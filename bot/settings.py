"""Settings, read once from the environment and `.env`; every name starts with `CARNET_`."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

BOT_TOKEN = re.compile(r"\d+:\S+")
BOT_KEY = re.compile(r"[a-z0-9-]{1,16}")
BOT_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # Telegram's rule for what it sends back
BOT_FIELDS = {"token", "name", "webhook_secret"}
BOTS_LOOK_LIKE = (
    'un objet JSON, par exemple {"nice": {"token": "123456:ABC...", "name": "carnet_nice_bot"}}'
)


@dataclass(frozen=True, slots=True)
class FamilyBot:
    """One Telegram bot that families write to. `key` "": the first one."""

    key: str
    token: SecretStr
    name: str
    webhook_secret: SecretStr | None = None

    @property
    def setting(self) -> str:
        """The environment's name for its webhook secret."""
        if not self.key:
            return "CARNET_TELEGRAM_WEBHOOK_SECRET"
        return f"CARNET_TELEGRAM_BOTS, {self.key}, webhook_secret"


class Settings(BaseSettings):
    """What a deployment decides. An empty provider token switches that provider off."""

    model_config = SettingsConfigDict(env_prefix="CARNET_", env_file=".env", extra="ignore")

    data_folder: Path = Path("data")
    database_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    association: str = "Ma Chance Moi Aussi"
    secret: SecretStr | None = None

    telegram_token: SecretStr | None = None  # digits, a colon, and the rest
    telegram_bot_name: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_secret: SecretStr | None = None
    telegram_bots: Annotated[Mapping[str, FamilyBot], NoDecode] = {}  # further ones, by key

    pocket_token: SecretStr | None = None  # of the coordinators' robot: never the families'
    pocket_bot_name: str = ""

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr | None = None
    twilio_api_url: str = "https://api.twilio.com"
    twilio_content_url: str = "https://content.twilio.com"
    sms_sender: str = ""
    sms_can_receive: bool = False
    whatsapp_sender: str = ""
    whatsapp_templates: Path | None = None
    tariffs: Path | None = None

    translate_url: str = ""  # a machine that speaks as LibreTranslate does; "": none
    translate_key: SecretStr | None = None
    translate_answers: bool = False  # parents' free answers too, on the team's pages

    fallback_minutes: int = Field(default=120, ge=0)  # then by the next channel; 0: never

    jobs: bool = True

    @field_validator("telegram_token", "pocket_token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not BOT_TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("un jeton Telegram ressemble à 123456:ABC... ; voir @BotFather")
        return value

    @field_validator("telegram_bots", mode="before")
    @classmethod
    def _read_bots(cls, value: object) -> Mapping[str, FamilyBot]:
        if isinstance(value, str):
            try:
                value = json.loads(value) if value.strip() else {}
            except ValueError as error:
                raise ValueError(f"ce n'est pas du JSON ; écrivez {BOTS_LOOK_LIKE}") from error
        if not isinstance(value, Mapping):
            raise ValueError(f"écrivez {BOTS_LOOK_LIKE}")  # noqa: TRY004 - pydantic's way
        return {key: _family_bot(key, one) for key, one in value.items()}

    @model_validator(mode="after")
    def _one_bot_a_token(self) -> Settings:
        ids = [one.token.get_secret_value().partition(":")[0] for one in self.family_bots]
        if len(set(ids)) < len(ids):
            raise ValueError(
                "CARNET_TELEGRAM_BOTS : deux robots ont le même jeton. Il en faut un par robot."
            )
        return self

    @property
    def family_bots(self) -> tuple[FamilyBot, ...]:
        """Every bot that families write to, the first in front."""
        if self.telegram_token is None:
            return tuple(self.telegram_bots.values())
        first = FamilyBot(
            "", self.telegram_token, self.telegram_bot_name, self.telegram_webhook_secret
        )
        return (first, *self.telegram_bots.values())

    @property
    def database(self) -> str:
        """The SQLAlchemy address; SQLite in the data folder unless one is given."""
        return self.database_url or f"sqlite:///{self.data_folder / 'carnet.db'}"

    def key(self) -> bytes:
        """The secret behind link tokens: the setting, else one made once in the data folder."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        path = self.data_folder / "carnet.key"
        if not path.exists():
            self.data_folder.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_text().encode()


def read_settings() -> Settings:
    """Read the environment.

    Raises SettingsError naming each setting that is wrong and what it should hold.
    """
    try:
        return Settings()
    except UnicodeDecodeError as error:
        raise SettingsError("Le fichier .env n'est pas en UTF-8 : enregistrez-le ainsi.") from error
    except ValidationError as error:
        lines = [_line(one["loc"], one["msg"]) for one in error.errors()]
        raise SettingsError("Réglages à corriger :\n" + "\n".join(lines)) from error


def _line(place: tuple[int | str, ...], words: str) -> str:
    """One setting that is wrong, and why."""
    words = words.removeprefix("Value error, ")
    name = "_".join(str(part) for part in place).upper()
    return f"CARNET_{name} : {words}" if name else words


def _family_bot(key: object, given: Any) -> FamilyBot:
    """Read one bot of the list. Its token never stands in an error."""
    if isinstance(given, FamilyBot):
        return given
    if not isinstance(key, str) or not BOT_KEY.fullmatch(key):
        raise ValueError(f"« {key} » : une clé a 1 à 16 signes parmi a-z, 0-9 et -")
    if not isinstance(given, Mapping) or not all(isinstance(one, str) for one in given.values()):
        raise ValueError(f"« {key} » : écrivez {BOTS_LOOK_LIKE}")
    unknown = sorted(set(given) - BOT_FIELDS)
    if unknown:
        raise ValueError(f"« {key} » : réglage inconnu : {', '.join(map(str, unknown))}")
    token, name = given.get("token", ""), given.get("name", "").removeprefix("@")
    if not BOT_TOKEN.fullmatch(token):
        raise ValueError(
            f"« {key} » : token manque ou n'en est pas un ; il ressemble à 123456:ABC... "
            "(voir @BotFather)"
        )
    if not name:
        raise ValueError(f"« {key} » : name manque ; c'est le nom du robot, sans @")
    secret = given.get("webhook_secret", "")
    if secret and not BOT_SECRET.fullmatch(secret):
        raise ValueError(f"« {key} » : webhook_secret a 1 à 256 signes parmi A-Z a-z 0-9 _ -")
    return FamilyBot(key, SecretStr(token), name, SecretStr(secret) if secret else None)
