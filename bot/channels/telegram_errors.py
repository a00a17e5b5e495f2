"""What goes wrong with a call to the Bot API, as one of our errors."""

from __future__ import annotations

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError

from bot.errors import (
    AccountRefused,
    AddressDead,
    SendDelayed,
    SendError,
    SendRefused,
    SendUncertain,
)

# Telegram's own words: these refusals share one status.
SAME_CONTENT = "message is not modified"
NOTHING_TO_EDIT = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
TOO_LATE = "query is too old"
NOBODY_THERE = ("chat not found", "user not found", "PEER_ID_INVALID")

PLAIN_WORDS = {
    "401": "Telegram refuse le jeton du bot : vérifiez CARNET_TELEGRAM_TOKEN.",
    "409": (
        "Un autre programme lit déjà les messages de ce bot, ou un webhook est en place :"
        " arrêtez l'autre programme, ou retirez le webhook."
    ),
}


def error_of(error: Exception) -> SendError:
    """Give the error to raise; `error` is the library's or the socket's."""
    match error:
        case TelegramRetryAfter():
            return SendDelayed(
                "Telegram asks to slow down", code="429", retry_after=error.retry_after
            )
        case TelegramNetworkError() if isinstance(error.__cause__, ClientConnectorError):
            return SendDelayed("Telegram cannot be reached")
        case TelegramNetworkError() | ClientDecodeError() | OSError() | UnicodeDecodeError():
            return SendUncertain("no answer from Telegram")
        case (
            TelegramUnauthorizedError() | TelegramNotFound()
        ):  # no message is lost to a wrong token
            return AccountRefused("Telegram does not accept the token", code="401")
        case TelegramConflictError():
            return SendDelayed("somebody else fetches this bot's updates", code="409")
        case TelegramForbiddenError():
            return AddressDead(error.message, code="403")
        case TelegramBadRequest() if any(words in error.message for words in NOBODY_THERE):
            return AddressDead(error.message, code="400")
        case TelegramBadRequest() | TelegramMigrateToChat():
            return SendRefused(error.message, code="400")
        case _:
            return SendDelayed("Telegram has a problem", code="500")


def advice_on(error: SendError, bot: str = "") -> str:
    """Say in French what an operator should do about it; `bot`: the key of ours, "" the first."""
    if error.code in PLAIN_WORDS:
        setting = f"CARNET_TELEGRAM_BOTS ({bot}, token)" if bot else "CARNET_TELEGRAM_TOKEN"
        return PLAIN_WORDS[error.code].replace("CARNET_TELEGRAM_TOKEN", setting)
    if error.code is None:
        return "Telegram ne répond pas : vérifiez la connexion et CARNET_TELEGRAM_API_URL."
    return f"Telegram répond par une erreur (code {error.code}) : réessayez plus tard."
