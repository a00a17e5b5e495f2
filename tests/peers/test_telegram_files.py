"""aiogram meets at the Telegram peer the limits that Telegram sets to voice notes and photos."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile

from tests.peers.ours import Clock
from tests.peers.telegram import TOKEN, BotApi
from tests.recordings import ogg, photo

AWA = 63998


@pytest.fixture
async def bot_api() -> AsyncIterator[BotApi]:
    async with BotApi(Clock()) as peer:
        peer.joins(AWA)
        yield peer


@pytest.fixture
async def bot(bot_api: BotApi) -> AsyncIterator[Bot]:
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(bot_api.url)))
    yield bot
    await bot.session.close()


async def test_file_is_uploaded_and_then_known_by_its_id(bot_api: BotApi, bot: Bot) -> None:
    first = await bot.send_voice(AWA, BufferedInputFile(ogg(3), "a.ogg"), caption="Bonjour")
    assert first.voice is not None
    again = await bot.send_voice(AWA, first.voice.file_id)
    assert again.voice == first.voice
    assert [one.text for one in bot_api.sent] == ["Bonjour", ""]


async def test_photo_has_several_sizes(bot: Bot) -> None:
    sent = await bot.send_photo(AWA, BufferedInputFile(photo(64, 48), "a.jpg"))
    assert sent.photo is not None
    assert len(sent.photo) > 1


@pytest.mark.parametrize("length", [1024, 1025])
async def test_caption_has_an_end(bot_api: BotApi, bot: Bot, length: int) -> None:
    file = BufferedInputFile(photo(64, 48), "a.jpg")
    if length == 1024:
        await bot.send_photo(AWA, file, caption="a" * length)
        return
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await bot.send_photo(AWA, file, caption="a" * length)
    assert bot_api.sent == []


@pytest.mark.parametrize("content", [b"", b"<html>", ogg(1)], ids=["empty", "a page", "a voice"])
async def test_what_is_no_photo_is_refused(bot: Bot, content: bytes) -> None:
    with pytest.raises(TelegramBadRequest):
        await bot.send_photo(AWA, BufferedInputFile(content, "a.jpg"))


async def test_unknown_file_id_and_another_kind_are_refused(bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await bot.send_voice(AWA, "file-99")
    sent = await bot.send_photo(AWA, BufferedInputFile(photo(64, 48), "a.jpg"))
    assert sent.photo is not None
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await bot.send_voice(AWA, sent.photo[0].file_id)


async def test_text_and_caption_are_edited_each_in_its_own_way(bot: Bot) -> None:
    shown = await bot.send_photo(AWA, BufferedInputFile(photo(64, 48), "a.jpg"), caption="Un")
    text = await bot.send_message(AWA, "Un")
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await bot.edit_message_text("Deux", chat_id=AWA, message_id=shown.message_id)
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await bot.edit_message_caption(chat_id=AWA, message_id=text.message_id, caption="Deux")
    edited = await bot.edit_message_caption(
        chat_id=AWA, message_id=shown.message_id, caption="Deux"
    )
    assert getattr(edited, "caption", None) == "Deux"
