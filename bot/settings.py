"""Settings, read once from the environment and `.env`; every name starts with `CARNET_`."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError


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

    jobs: bool = True

    @field_validator("telegram_token", "pocket_token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not re.fullmatch(r"\d+:\S+", value.get_secret_value()):
            raise ValueError("un jeton Telegram ressemble à 123456:ABC... ; voir @BotFather")
        return value

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
        lines = [
            f"CARNET_{'_'.join(str(part) for part in one['loc']).upper()} : {one['msg']}"
            for one in error.errors()
        ]
        raise SettingsError("Réglages à corriger :\n" + "\n".join(lines)) from error
