"""Voice notes and pictures for Telegram: the call that sends one, and where Telegram keeps it."""

from __future__ import annotations

from aiogram.methods import SendPhoto, SendVoice
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message

from bot.messages import Media, MediaKind

LONGEST_CAPTION = 1024

NOT_TAKEN = (
    "VOICE_MESSAGES_FORBIDDEN",  # they do not want to be spoken to: a setting of theirs
    "voice messages",  # the same, in the server's own words
    "IMAGE_PROCESS_FAILED",
    "PHOTO_INVALID_DIMENSIONS",
    "PHOTO_SAVE_FILE_INVALID",
)
"""Words of a refusal that is about the file alone: the text may still be sent."""
FORGOTTEN = ("wrong file identifier", "wrong remote file identifier", "FILE_REFERENCE_EXPIRED")
"""Words of a refusal after which the file must be uploaded again."""
NO_TEXT = "there is no text in the message to edit"

NAMES = {"audio/ogg": "voice.ogg", "audio/mpeg": "voice.mp3", "audio/mp4": "voice.m4a"}


def call_with(
    media: Media,
    chat_id: str,
    caption: str,
    keyboard: InlineKeyboardMarkup | None,
    file_id: str | None,
) -> SendVoice | SendPhoto:
    """The call that sends it with its text and buttons; `file_id` spares the upload."""
    if media.kind is MediaKind.VOICE:
        return SendVoice(
            chat_id=chat_id,
            voice=file_id or BufferedInputFile(media.content, NAMES[media.mime]),
            duration=media.seconds,
            caption=caption,
            reply_markup=keyboard,
        )
    return SendPhoto(
        chat_id=chat_id,
        photo=file_id or BufferedInputFile(media.content, "picture.jpg"),
        caption=caption,
        reply_markup=keyboard,
    )


def file_id_of(sent: Message) -> str | None:
    """What Telegram calls the file that it has just taken; a picture by its largest size."""
    if sent.voice is not None:
        return sent.voice.file_id
    return sent.photo[-1].file_id if sent.photo else None
