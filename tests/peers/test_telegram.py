"""aiogram meets at the Telegram peer what it meets at Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import telegram
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteMessage, TelegramMethod
from aiogram.types import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from tests.peers.loopback import NO_ANSWER
from tests.peers.ours import FIRST_MOMENT, ORIGIN, Clock, Receiver
from tests.peers.telegram import TOKEN, BotApi

AWA = 63998


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ours() -> Receiver:
    return Receiver()


@pytest.fixture
async def bot_api(clock: Clock, ours: Receiver) -> AsyncIterator[BotApi]:
    async with BotApi(clock) as peer:
        peer.wire(ORIGIN, ours.app)
        peer.joins(AWA)
        yield peer


@pytest.fixture
async def bot(bot_api: BotApi) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(bot_api.url))
    async with Bot(TOKEN, session=session) as bot:
        yield bot


def keyboard(*data: str) -> InlineKeyboardMarkup:
    buttons = [[InlineKeyboardButton(text="Oui", callback_data=item)] for item in data]
    return InlineKeyboardMarkup(inline_keyboard=buttons)


async def set_webhook(bot: Bot, **options: Any) -> None:
    await bot.set_webhook(f"{ORIGIN}/tg/in", secret_token="s3cret_-", **options)


async def test_a_message_is_recorded_as_the_parent_sees_it(bot_api: BotApi, bot: Bot) -> None:
    message = await bot.send_message(AWA, "Venez-vous ? ", reply_markup=keyboard("rsvp:1:yes"))
    (sent,) = bot_api.sent
    assert (sent.chat_id, sent.text, sent.at) == (AWA, "Venez-vous ?", FIRST_MOMENT)
    assert [button.callback_data for button in sent.buttons] == ["rsvp:1:yes"]
    assert (message.message_id, message.text) == (sent.message_id, "Venez-vous ?")
    assert message.reply_markup is not None
    assert message.reply_markup.model_dump() == keyboard("rsvp:1:yes").model_dump()


async def test_getme_and_commands(bot_api: BotApi, bot: Bot) -> None:
    assert (await bot.get_me()).is_bot
    await bot.set_my_commands([BotCommand(command="stop", description="Ne plus recevoir")])
    assert bot_api.commands == {"": {"stop": "Ne plus recevoir"}}
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_commands([BotCommand(command="Arrêt", description="Non")])


@pytest.mark.parametrize(
    ("text", "markup", "reason"),
    [
        ("", None, "message text is empty"),
        (" \n ", None, "message text is empty"),
        ("é" * 4097, None, "message is too long"),
        ("x", keyboard("é" * 33), "BUTTON_DATA_INVALID"),
        ("x", keyboard(*(f"c{n}" for n in range(101))), "reply markup is too long"),
        (
            "x",
            InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Oui")]]),
            "unallow",
        ),
    ],
    ids=["empty", "blank", "long", "button of 66 bytes", "101 buttons", "button without action"],
)
async def test_what_telegram_refuses_is_refused(
    bot_api: BotApi, bot: Bot, text: str, markup: InlineKeyboardMarkup | None, reason: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=reason):
        await bot.send_message(AWA, text, reply_markup=markup)
    assert bot_api.sent == []


async def test_the_limits_themselves_are_accepted(bot_api: BotApi, bot: Bot) -> None:
    await bot.send_message(AWA, "é" * 4096, reply_markup=keyboard("é" * 32))
    await bot.send_message(AWA, "x", reply_markup=keyboard(*(f"c{n}" for n in range(100))))
    assert len(bot_api.sent) == 2


async def test_who_cannot_be_reached(bot_api: BotApi, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(AWA + 1, "Bonjour")
    await bot_api.blocks(AWA)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(AWA, "Bonjour")
    await bot_api.unblocks(AWA)
    assert (await bot.send_message(AWA, "Bonjour")).text == "Bonjour"
    bot_api.deactivated.add(AWA)
    with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
        await bot.send_message(AWA, "Bonjour")


async def test_edits_change_the_message_and_refuse_what_changes_nothing(
    bot_api: BotApi, bot: Bot
) -> None:
    sent = await bot.send_message(AWA, "Venez-vous ?", reply_markup=keyboard("yes"))
    edited = await bot.edit_message_text("C'est noté", chat_id=AWA, message_id=sent.message_id)
    assert isinstance(edited, Message)
    assert (edited.text, edited.reply_markup) == ("C'est noté", None)
    assert [(edit.text, edit.buttons) for edit in bot_api.edits] == [("C'est noté", ())]
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("C'est noté", chat_id=AWA, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("C'est noté", chat_id=AWA, message_id=999)


async def test_replies_quote_a_message_that_exists(bot_api: BotApi, bot: Bot) -> None:
    await bot_api.says(AWA, "À quelle heure ?")
    asked = bot_api.updates[-1]["message"]["message_id"]
    answer = await bot.send_message(
        AWA, "À 18 h", reply_parameters=ReplyParameters(message_id=asked)
    )
    assert bot_api.sent[-1].reply_to == asked
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "À quelle heure ?"
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(AWA, "?", reply_parameters=ReplyParameters(message_id=999))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 429, "retry_after": 2}, TelegramRetryAfter),
        ({"status": 500}, TelegramServerError),
        ({"status": 403, "detail": "bot can't initiate conversation"}, TelegramForbiddenError),
        ({"status": 502, "body": "<h1>Bad Gateway</h1>"}, ClientDecodeError),
    ],
    ids=["429", "500", "403", "gateway page"],
)
async def test_scripted_refusals_reach_the_library_once(
    bot_api: BotApi, bot: Bot, fault: dict[str, Any], error: type[Exception]
) -> None:
    bot_api.fail_next("sendMessage", **fault)
    with pytest.raises(error):
        await bot.send_message(AWA, "Bonjour")
    assert bot_api.sent == []
    await bot.send_message(AWA, "Bonjour")
    assert len(bot_api.sent) == 1


async def test_429_says_how_long_in_the_body_and_in_the_header(bot_api: BotApi) -> None:
    bot_api.fail_next("sendMessage", 429, retry_after=7)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{bot_api.url}/bot{TOKEN}/sendMessage", data={"chat_id": AWA})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }


@pytest.mark.parametrize("taken", [False, True])
async def test_a_dropped_or_hanging_call_is_ambiguous(
    bot_api: BotApi, bot: Bot, taken: bool
) -> None:
    bot_api.reset_next("sendMessage", taken=taken)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(AWA, "Bonjour")
    bot_api.hang_next("sendMessage", taken=taken)
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await bot.send_message(AWA, "Bonjour", request_timeout=1)
    assert len(bot_api.sent) == (2 if taken else 0)


async def test_unknown_method_and_wrong_token(bot_api: BotApi, bot: Bot) -> None:
    class Unknown(TelegramMethod[bool]):
        __returning__ = bool
        __api_method__ = "sendTelepathy"

    for method in (Unknown(), DeleteMessage(chat_id=AWA, message_id=1)):
        with pytest.raises(TelegramNotFound):
            await bot(method)
    session = AiohttpSession(api=TelegramAPIServer.from_base(bot_api.url))
    async with Bot("4200:another", session=session) as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()


async def test_polling_confirms_by_offset(bot_api: BotApi, bot: Bot) -> None:
    for text in ("un", "deux", "trois"):
        assert await bot_api.says(AWA, text) is None
    first, second = await bot.get_updates(limit=2)
    assert [u.message and u.message.text for u in (first, second)] == ["un", "deux"]
    assert second.update_id == first.update_id + 1
    assert len(await bot.get_updates()) == 3, "nothing was confirmed yet"
    (third,) = await bot.get_updates(offset=second.update_id + 1)
    assert third.message is not None
    assert (third.message.text, third.message.date) == ("trois", FIRST_MOMENT)
    assert await bot.get_updates(offset=third.update_id + 1) == []


async def test_polling_waits_for_news_and_a_second_poller_ends_the_first(
    bot_api: BotApi, bot: Bot
) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await asyncio.sleep(0.05)
    await bot_api.says(AWA, "bonjour")
    assert len(await waiting) == 1

    seen = (await bot.get_updates())[-1].update_id
    first = asyncio.create_task(bot.get_updates(offset=seen + 1, timeout=30))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(TelegramConflictError, match="other getUpdates request"):
        await first
    assert await second == []


async def test_undelivered_taps_are_lost_before_messages(
    bot_api: BotApi, bot: Bot, clock: Clock
) -> None:
    sent = await bot.send_message(AWA, "Venez-vous ?", reply_markup=keyboard("yes"))
    await bot_api.says(AWA, "oui")
    await bot_api.taps(AWA, sent.message_id, "yes")
    clock.wait(seconds=150)
    assert [u.event_type for u in await bot.get_updates()] == ["message"]
    clock.wait(hours=24)
    assert await bot.get_updates() == []


@pytest.mark.parametrize(
    ("url", "options", "reason"),
    [
        ("http://carnet.example/in", {}, "HTTPS URL must be provided"),
        ("https://carnet.example:9000/in", {}, "ports 80, 88, 443 or 8443"),
        (f"{ORIGIN}/in", {"secret_token": "a b"}, "unallowed characters"),
        (f"{ORIGIN}/in", {"secret_token": "a" * 257}, "too long"),
        (f"{ORIGIN}/in", {"max_connections": 101}, "max_connections"),
    ],
)
async def test_bad_webhooks_are_refused(
    bot: Bot, url: str, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=reason):
        await bot.set_webhook(url, **options)
    assert (await bot.get_webhook_info()).url == ""


async def test_a_webhook_gets_the_backlog_then_each_update_with_its_secret(
    bot_api: BotApi, bot: Bot, ours: Receiver
) -> None:
    await bot_api.starts(AWA, "invite_1")
    await set_webhook(bot, allowed_updates=["message", "callback_query"])
    await bot_api.settled()
    assert await bot_api.says(AWA, "bonjour") == 200
    texts = [update.message.text for update in ours.updates if update.message]
    assert texts == ["/start invite_1", "bonjour"]
    for url, headers, _ in ours.calls:
        assert url == f"{ORIGIN}/tg/in"
        assert headers["x-telegram-bot-api-secret-token"] == "s3cret_-"
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (f"{ORIGIN}/tg/in", 0)
    assert info.allowed_updates == ["message", "callback_query"]
    await bot.delete_webhook()
    assert await bot_api.says(AWA, "encore") is None
    assert len(await bot.get_updates()) == 1


async def test_what_is_on_its_way_when_the_webhook_is_set_again_is_brought_once(
    clock: Clock, ours: Receiver
) -> None:
    released = asyncio.Event()

    async def sleep(_: float) -> None:
        await released.wait()

    async with BotApi(clock, sleep=sleep) as peer:
        peer.wire(ORIGIN, ours.app)
        session = AiohttpSession(api=TelegramAPIServer.from_base(peer.url))
        async with Bot(TOKEN, session=session) as bot:
            await set_webhook(bot)
            ours.answers = [(500, {})]
            on_its_way = asyncio.create_task(peer.says(AWA, "bonjour"))
            while not ours.calls:
                await asyncio.sleep(0)
            await set_webhook(bot)
        released.set()
        assert await on_its_way == 200
        await peer.settled()
    assert [post.status for post in peer.posted] == [500, 200]


async def test_kinds_that_were_not_asked_for_are_not_brought(
    bot_api: BotApi, bot: Bot, ours: Receiver
) -> None:
    await set_webhook(bot, allowed_updates=["message"])
    assert await bot_api.blocks(AWA) is None
    assert ours.calls == []
    await set_webhook(bot)  # nothing said about kinds: the setting stays
    assert await bot_api.unblocks(AWA) is None


async def test_a_webhook_is_tried_again_as_it_asks(clock: Clock, ours: Receiver) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with BotApi(clock, local=True, retry_delays=(0, 2, 4), sleep=sleep) as peer:
        peer.wire("http://127.0.0.1:1", ours.app)
        session = AiohttpSession(api=TelegramAPIServer.from_base(peer.url))
        async with Bot(TOKEN, session=session) as bot:
            await bot.set_webhook("http://127.0.0.1:1/in")
        ours.answers = [(500, {}), (503, {"Retry-After": "9"}), (200, {})]
        assert await peer.says(AWA, "bonjour") == 200
        assert waits == [0, 9]
        ours.answers = [(500, {})] * 4
        assert await peer.says(AWA, "encore") == 500
        assert [post.status for post in peer.posted[3:]] == [500] * 4
        assert await peer.redeliver(peer.updates[-1]["update_id"]) == 200
        assert ours.updates[-1] == ours.updates[-2]


async def test_a_failing_message_holds_up_its_chat_but_not_its_taps(
    clock: Clock, ours: Receiver
) -> None:
    released = asyncio.Event()

    async def sleep(_: float) -> None:
        await released.wait()

    async with BotApi(clock, sleep=sleep) as peer:
        peer.wire(ORIGIN, ours.app)
        peer.joins(AWA)
        session = AiohttpSession(api=TelegramAPIServer.from_base(peer.url))
        async with Bot(TOKEN, session=session) as bot:
            sent = await bot.send_message(AWA, "Venez-vous ?", reply_markup=keyboard("yes"))
            await set_webhook(bot)
        await peer.settled()
        ours.answers = [(500, {})]
        failing = asyncio.create_task(peer.says(AWA, "un"))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(peer.says(AWA, "deux"))
        async with asyncio.timeout(5):
            assert await peer.taps(AWA, sent.message_id, "yes") == 200
        released.set()
        assert [await failing, await waiting] == [200, 200]
    texts = [update.message.text if update.message else "tap" for update in ours.updates]
    assert texts == ["un", "tap", "un", "deux"]


async def test_an_unreachable_webhook_gives_no_answer(clock: Clock) -> None:
    async with BotApi(clock, local=True, retry_delays=()) as peer:
        session = AiohttpSession(api=TelegramAPIServer.from_base(peer.url))
        async with Bot(TOKEN, session=session) as bot:
            await bot.set_webhook("http://127.0.0.1:1/in")
        assert await peer.says(AWA, "bonjour") == NO_ANSWER


async def test_taps_carry_the_message_and_can_be_answered_until_they_expire(
    bot_api: BotApi, bot: Bot
) -> None:
    sent = await bot.send_message(AWA, "Venez-vous ?", reply_markup=keyboard("yes"))
    await bot_api.taps(AWA, sent.message_id, "yes")
    query = (await bot.get_updates())[0].callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("yes", AWA)
    assert query.message is not None
    assert query.message.message_id == sent.message_id
    with pytest.raises(TelegramBadRequest):
        await bot.answer_callback_query(query.id, "x" * 201)
    await bot.answer_callback_query(query.id, "Merci", show_alert=True)
    assert [(a.text, a.show_alert) for a in bot_api.answered] == [("Merci", True)]
    bot_api.expire(query.id)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query.id)
    with pytest.raises(ValueError, match="no such button"):
        await bot_api.taps(AWA, sent.message_id, "no")


async def test_an_old_button_can_still_be_tapped_after_an_edit(bot_api: BotApi, bot: Bot) -> None:
    sent = await bot.send_message(AWA, "Venez-vous ?", reply_markup=keyboard("yes"))
    await bot.edit_message_text("Trop tard", chat_id=AWA, message_id=sent.message_id)
    await bot_api.taps(AWA, sent.message_id, "yes")
    query = (await bot.get_updates())[0].callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert query.message.text == "Trop tard"


async def test_contacts_edits_blocks_and_quotes_are_real_updates(bot_api: BotApi, bot: Bot) -> None:
    ask = KeyboardButton(text="Mon numéro", request_contact=True)
    asked = await bot.send_message(
        AWA, "Votre numéro ?", reply_markup=ReplyKeyboardMarkup(keyboard=[[ask]])
    )
    assert bot_api.sent[0].buttons[0].request_contact
    await bot_api.shares_contact(AWA, "33639980001")
    await bot_api.shares_contact(AWA, "33639980002", owner_id=7)
    await bot_api.says(AWA, "voici", reply_to=asked.message_id)
    await bot_api.edits_message(AWA, bot_api.updates[-1]["message"]["message_id"], "voilà")
    await bot_api.blocks(AWA)
    own, other, quote, edit, block = await bot.get_updates()
    assert own.message is not None
    assert own.message.contact is not None
    assert own.message.contact.user_id == AWA
    assert other.message is not None
    assert other.message.contact is not None
    assert other.message.contact.user_id == 7
    assert quote.message is not None
    assert quote.message.reply_to_message is not None
    assert quote.message.reply_to_message.message_id == asked.message_id
    assert edit.edited_message is not None
    assert (edit.edited_message.text, edit.edited_message.edit_date) != ("voici", None)
    assert block.my_chat_member is not None
    assert block.my_chat_member.new_chat_member.status == "kicked"


async def test_the_other_telegram_library_is_served_as_well(bot_api: BotApi) -> None:
    async with telegram.Bot(TOKEN, base_url=f"{bot_api.url}/bot") as staff:
        await staff.send_message(AWA, "Bonjour")
        await bot_api.starts(AWA, "team")
        (update,) = await staff.get_updates()
        assert update.message is not None
        assert [entity.type for entity in update.message.entities] == ["bot_command"]
        await bot_api.blocks(AWA)
        with pytest.raises(telegram.error.Forbidden):
            await staff.send_message(AWA, "Bonjour")


async def test_a_start_payload_that_telegram_would_drop_is_an_error_of_the_test(
    bot_api: BotApi,
) -> None:
    with pytest.raises(ValueError, match="payload"):
        await bot_api.starts(AWA, "x" * 65)
