"""Telegram, beyond what the contract asks of every channel."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from bot.channels.link import deep_link
from bot.channels.telegram import Telegram, keyboard_of
from bot.channels.telegram_later import webhook_reply
from bot.errors import (
    AccountRefused,
    AddressDead,
    SendDelayed,
    SendError,
    SendRefused,
    SendUncertain,
    SettingsError,
    WebhookRejected,
)
from bot.messages import (
    Address,
    Button,
    ChannelName,
    Fetched,
    InboundMessage,
    OutboundMessage,
    ProviderId,
    WebhookCall,
)
from tests.channels.rigs import (
    CHAT,
    NOBODY_LISTENS,
    ORIGIN,
    SECRET,
    TelegramRig,
    clock,
    telegram_rig,
)
from tests.peers.loopback import Peer
from tests.peers.telegram import TOKEN

YES = Button("Oui", "7:2:yes")
PARENT_CHAT = Address(ChannelName.TELEGRAM, str(CHAT))


@pytest.fixture
async def rig() -> AsyncIterator[TelegramRig]:
    async with telegram_rig() as rig:
        yield rig


def message(rig: TelegramRig, text: str = "Venez-vous ?", *buttons: Button) -> OutboundMessage:
    return OutboundMessage(7, rig.to, text, buttons=buttons)


async def test_an_answered_question_is_edited_in_place(rig: TelegramRig) -> None:
    asked = await rig.channel.send(message(rig, "Venez-vous ?", YES))
    thanks = replace(message(rig, "Merci !"), replaces=asked)
    assert await rig.channel.send(thanks) == asked
    (shown,) = await rig.shown()
    assert (shown.text, shown.buttons) == ("Merci !", {})


async def test_an_edit_made_twice_is_no_failure(rig: TelegramRig) -> None:
    asked = await rig.channel.send(message(rig))
    thanks = replace(message(rig, "Merci !"), replaces=asked)
    await rig.channel.send(thanks)
    assert await rig.channel.send(thanks) == asked


@pytest.mark.parametrize("gone", [f"{CHAT}:9999", "12345:1", "sim-4"])
async def test_what_cannot_be_edited_is_sent_anew(rig: TelegramRig, gone: str) -> None:
    thanks = replace(message(rig, "Merci !"), replaces=ProviderId(gone))
    provider_id = await rig.channel.send(thanks)
    assert [one.id for one in await rig.shown()] == [provider_id]


@pytest.mark.parametrize("payload", ["", "é" * 33])
async def test_a_payload_that_would_not_come_back_is_refused_before_the_call(
    rig: TelegramRig, payload: str
) -> None:
    with pytest.raises(SendRefused):
        await rig.channel.send(message(rig, "?", Button("Oui", payload)))
    assert rig.peer.sent == []


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ((), []),
        (("Oui", "Non"), [2]),
        (("Oui", "Non", "Peut-être"), [2, 1]),
        (("Oui, nous venons tous", "Non"), [1, 1]),
        (("Oui", "Non, pas cette fois-ci", "Peut-être"), [1, 1, 1]),
        (tuple("12345678"), [2, 2, 2, 2]),
    ],
)
def test_buttons_stand_two_to_a_row_where_both_are_short(
    labels: tuple[str, ...], rows: list[int]
) -> None:
    keyboard = keyboard_of(tuple(Button(label, "7:2:x") for label in labels))
    assert [len(row) for row in keyboard.inline_keyboard] == rows if keyboard else rows == []


REFUSALS: dict[str, tuple[int, str, type[SendError], str]] = {
    "the token is wrong": (401, "", AccountRefused, "401"),
    "she blocked us": (403, "bot was blocked by the user", AddressDead, "403"),
    "her account is gone": (403, "user is deactivated", AddressDead, "403"),
    "there is no such chat": (400, "chat not found", AddressDead, "400"),
    "the message is wrong": (400, "message is too long", SendRefused, "400"),
    "Telegram is down": (500, "", SendDelayed, "500"),
}


@pytest.mark.parametrize(("status", "detail", "error", "code"), REFUSALS.values(), ids=REFUSALS)
async def test_each_refusal_becomes_its_error(
    rig: TelegramRig, status: int, detail: str, error: type[SendError], code: str
) -> None:
    rig.peer.fail_next("sendMessage", status, detail=detail)
    with pytest.raises(SendError) as caught:
        await rig.channel.send(message(rig))
    assert (type(caught.value), caught.value.code) == (error, code)


async def test_the_delay_that_telegram_asks_for_is_passed_on(rig: TelegramRig) -> None:
    rig.peer.fail_next("sendMessage", 429, retry_after=17)
    with pytest.raises(SendDelayed) as caught:
        await rig.channel.send(message(rig))
    assert (caught.value.code, caught.value.retry_after) == ("429", 17)


async def test_a_chat_that_has_moved_is_none_of_ours_and_is_not_tried_again(
    rig: TelegramRig,
) -> None:
    moved = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": -1001},
    }
    rig.peer.fail_next("sendMessage", 400, body=json.dumps(moved))
    with pytest.raises(SendRefused) as caught:
        await rig.channel.send(message(rig))
    assert not isinstance(caught.value, AddressDead)


async def test_a_file_is_fetched_by_its_id(rig: TelegramRig) -> None:
    rig.peer.files["voice-1"] = ("voice/file_1.oga", b"OggS...")
    found = await telegram(rig).fetch(rig.to, "voice-1")
    assert found == Fetched("audio/ogg", b"OggS...")


@pytest.mark.parametrize(
    ("ref", "body", "words"),
    [("other", b"", "n'existe plus"), ("big", b"x" * 20_000_001, "trop gros")],
)
async def test_a_file_that_cannot_be_had_is_told_in_french(
    rig: TelegramRig, ref: str, body: bytes, words: str
) -> None:
    rig.peer.files["big"] = ("documents/file_1.bin", body)
    with pytest.raises(SendRefused, match=words):
        await telegram(rig).fetch(rig.to, ref)


async def test_a_file_is_cut_off_where_telegram_does_not_tell_how_long_it_is(
    rig: TelegramRig,
) -> None:
    rig.peer.files["big"] = ("documents/file_1.bin", b"x" * 20_000_001)
    rig.peer.tells_sizes = False
    with pytest.raises(SendRefused, match="trop gros"):
        await telegram(rig).fetch(rig.to, "big")


async def test_nobody_who_gives_files_is_told_in_french(rig: TelegramRig) -> None:
    rig.peer.files["voice-1"] = ("voice/file_1.oga", b"OggS...")
    rig.peer.fail_next("getFile", 500)
    with pytest.raises(SendDelayed, match="réessayez"):
        await telegram(rig).fetch(rig.to, "voice-1")
    rig.peer.fail_next("file", 502, body="<h1>Bad Gateway</h1>")
    with pytest.raises(SendDelayed, match="réessayez") as caught:
        await telegram(rig).fetch(rig.to, "voice-1")
    assert TOKEN not in repr(caught.value)


async def test_a_gateway_that_answers_for_telegram_leaves_a_doubt(rig: TelegramRig) -> None:
    rig.peer.fail_next("sendMessage", 502, body="<h1>Bad Gateway</h1>")
    with pytest.raises(SendUncertain):
        await rig.channel.send(message(rig))


async def test_a_gateway_with_an_accent_leaves_a_doubt_too() -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(status=502, body="Passerelle défaillante".encode("latin-1"))

    async with Peer([("*", "/{path:.*}", page)], clock) as gateway:
        channel = Telegram(TOKEN, api_url=gateway.url, webhook_secret=None)
        with pytest.raises(SendUncertain):
            await channel.send(OutboundMessage(7, PARENT_CHAT, "Bonjour"))
        await channel.close()


async def tapped(rig: TelegramRig) -> InboundMessage:
    await rig.channel.send(message(rig, "Venez-vous ?", YES))
    await rig.tap((await rig.shown())[0], "Oui")
    (tap,) = rig.inbox.incoming
    assert isinstance(tap, InboundMessage)
    assert tap.tap_id is not None
    return tap


async def test_a_tap_is_acknowledged(rig: TelegramRig) -> None:
    tap = await tapped(rig)
    await telegram(rig).acknowledge(str(tap.tap_id), "C'est noté")
    assert [(one.callback_query_id, one.text) for one in rig.peer.answered] == [
        (tap.tap_id, "C'est noté")
    ]


async def test_acknowledging_too_late_is_no_failure(rig: TelegramRig) -> None:
    tap = await tapped(rig)
    rig.peer.expire(str(tap.tap_id))
    await telegram(rig).acknowledge(str(tap.tap_id))
    assert rig.peer.answered == []


async def test_another_failure_to_acknowledge_is_told(rig: TelegramRig) -> None:
    rig.peer.fail_next("answerCallbackQuery", 400, detail="MESSAGE_TOO_LONG")
    with pytest.raises(SendRefused):
        await telegram(rig).acknowledge("1")


async def test_a_webhook_answer_may_acknowledge_the_tap(rig: TelegramRig) -> None:
    tap = await tapped(rig)
    assert webhook_reply((tap,)) == {
        "method": "answerCallbackQuery",
        "callback_query_id": tap.tap_id,
    }
    assert webhook_reply((replace(tap, tap_id=None),)) is None


def telegram(rig: TelegramRig) -> Telegram:
    assert isinstance(rig.channel, Telegram)
    return rig.channel


GOOD = b'{"update_id": 1}'
REJECTED: dict[str, tuple[str | None, dict[str, str], bytes]] = {
    "no secret came": (SECRET, {}, GOOD),
    "a wrong secret came": (SECRET, {"x-telegram-bot-api-secret-token": "guess"}, GOOD),
    "an empty secret came": (SECRET, {"x-telegram-bot-api-secret-token": ""}, GOOD),
    "we have no secret": (None, {"x-telegram-bot-api-secret-token": ""}, GOOD),
    "not JSON": (SECRET, {"x-telegram-bot-api-secret-token": SECRET}, b"update_id=1"),
    "not text": (SECRET, {"x-telegram-bot-api-secret-token": SECRET}, b"\xff\xfe\x00"),
    "nested too deep": (SECRET, {"x-telegram-bot-api-secret-token": SECRET}, b"[" * 200_000),
    "a list": (SECRET, {"x-telegram-bot-api-secret-token": SECRET}, b"[]"),
    "no update_id": (SECRET, {"x-telegram-bot-api-secret-token": SECRET}, b"{}"),
    "too long": (
        SECRET,
        {"x-telegram-bot-api-secret-token": SECRET},
        json.dumps({"update_id": 1, "filler": "x" * 1_000_000}).encode(),
    ),
}


@pytest.mark.parametrize(("secret", "headers", "body"), REJECTED.values(), ids=REJECTED)
async def test_a_call_that_is_not_telegrams_is_rejected(
    secret: str | None, headers: dict[str, str], body: bytes
) -> None:
    channel = Telegram(TOKEN, api_url=NOBODY_LISTENS, webhook_secret=secret)
    with pytest.raises(WebhookRejected):
        channel.read(WebhookCall(f"{ORIGIN}/telegram", headers, body))


async def test_an_update_that_cannot_be_read_is_logged_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = Telegram(TOKEN, api_url=NOBODY_LISTENS, webhook_secret=SECRET)
    body = b'{"update_id": 5, "message": {"message_id": "?", "text": "secret words"}}'
    headers = {"x-telegram-bot-api-secret-token": SECRET}
    assert channel.read(WebhookCall(f"{ORIGIN}/telegram", headers, body)) == ()
    assert "update 5 cannot be read" in caplog.text
    assert "secret words" not in caplog.text


async def test_the_doctor_learns_the_bots_name(rig: TelegramRig) -> None:
    assert await telegram(rig).check() == "@carnet_loopback_bot"


async def test_the_doctor_is_told_in_french_what_is_wrong(rig: TelegramRig) -> None:
    wrong = Telegram("4200:another-token", api_url=rig.peer.url, webhook_secret=None)
    absent = Telegram(TOKEN, api_url=NOBODY_LISTENS, webhook_secret=None)
    reasons = []
    for channel in (wrong, absent):
        with pytest.raises(SendError) as caught:
            await channel.check()
        reasons.append(caught.value.reason)
        await channel.close()
    assert "CARNET_TELEGRAM_TOKEN" in reasons[0]
    assert "ne répond pas" in reasons[1]


async def test_a_token_that_cannot_be_one_is_a_matter_of_settings() -> None:
    with pytest.raises(SettingsError, match="CARNET_TELEGRAM_TOKEN"):
        Telegram("no colon", api_url=NOBODY_LISTENS, webhook_secret=None)


async def test_no_webhook_without_a_secret(rig: TelegramRig) -> None:
    open_to_all = Telegram(TOKEN, api_url=rig.peer.url, webhook_secret=None)
    with pytest.raises(SettingsError, match="CARNET_TELEGRAM_WEBHOOK_SECRET"):
        await open_to_all.set_webhook(f"{ORIGIN}/telegram")


@pytest.mark.parametrize("name", ["carnet_bot", "@carnet_bot"])
def test_a_deep_link_opens_the_bot_with_a_code(name: str) -> None:
    assert deep_link(name, "Ab_9-z") == "https://t.me/carnet_bot?start=Ab_9-z"


@pytest.mark.parametrize("code", ["", "a b", "é", "a" * 65, "ok\n"])
def test_a_code_that_telegram_would_drop_makes_no_link(code: str) -> None:
    with pytest.raises(ValueError, match="would not pass"):
        deep_link("carnet_bot", code)
