"""Cards as Telegram's own values."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.staff.cards import Card


def markup(card: Card) -> InlineKeyboardMarkup | None:
    """The buttons of a card."""
    rows = [
        [InlineKeyboardButton(tap.label, callback_data=tap.data) for tap in row]
        for row in card.rows
    ]
    return InlineKeyboardMarkup(rows) if rows else None
