"""What every channel promises, held against its provider on loopback."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from bot.channels.telegram import Telegram
from bot.errors import AddressDead, SendDelayed, SendRefused, SendUncertain, WebhookRejected
from bot.messages import (
    Address,
    Button,
    Channel,
    ChannelName,
    InboundMessage,
    Incoming,
    Media,
    MediaKind,
    OptOut,
    OutboundMessage,
    WebhookCall,
)
from tests.channels.rigs import (
    CHAT,
    NOBODY_LISTENS,
    NOW,
    ORIGIN,
    PARENT,
    SECRET,
    Rig,
    SimulatorRig,
    simulator_rig,
    telegram_rig,
    twilio_channel,
    twilio_rig,
)
from tests.channels.telegram_calls import TELEGRAM_CALLS
from tests.channels.twilio_calls import TWILIO_CALLS
from tests.peers.telegram import TOKEN
from tests.peers.twilio import AUTH_TOKEN
from tests.peers.twilio_forms import sign
from tests.recordings import ogg, photo

PROVIDERS = ["telegram", "sms", "one-way sms", "whatsapp"]
ANSWERED = ["telegram", "sms", "whatsapp"]  # to a name, nobody can write
EVERY_CHANNEL = [*PROVIDERS, "simulator"]
WITH_BUTTONS = ["telegram", "whatsapp", "simulator"]

WITH_MEDIA = ["telegram", "whatsapp", "simulator"]
MEDIA = {
    "voice": Media(3, MediaKind.VOICE, "audio/ogg", ogg(3), f"{ORIGIN}/m/token", 3),
    "picture": Media(4, MediaKind.PICTURE, "image/jpeg", photo(64, 48), f"{ORIGIN}/m/token"),
}

LOGGERS_OF_THE_PEERS = {"aiohttp.access", "httpx"}

TEXTS = {
    "plain": "Atelier jeudi.",
    "french": "L'école vous invite : « à bientôt », l’équipe",
    "arabic": "مرحبا، ورشة يوم 12 في مركز Nord",
    "emoji": "À jeudi 👩🏽‍👧‍👦🎉",
    "lines": "Bonjour !\n\nVenez-vous jeudi ?\n1. Oui\n2. Non",
    "braces": "Le code {{1}} et 100 % de sûr",
}


@pytest.fixture
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    match request.param:
        case "telegram":
            async with telegram_rig() as rig:
                yield rig
        case "sms":
            async with twilio_rig(ChannelName.SMS) as rig:
                yield rig
        case "one-way sms":
            async with twilio_rig(ChannelName.SMS, "CARNET") as rig:
                yield rig
        case "whatsapp":
            async with twilio_rig(ChannelName.WHATSAPP) as rig:
                yield rig
        case _:
            async with simulator_rig(tmp_path) as rig:
                yield rig


def message_to(rig: Rig, text: str = TEXTS["french"], *buttons: Button) -> OutboundMessage:
    return OutboundMessage(id=7, to=rig.to, text=text, buttons=buttons, decided_at=NOW)


@pytest.mark.parametrize("rig", EVERY_CHANNEL, indirect=True)
async def test_a_message_is_sent_once_and_its_id_is_given(rig: Rig) -> None:
    provider_id = await rig.channel.send(message_to(rig))
    assert [one.id for one in await rig.shown()] == [provider_id]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("rig", EVERY_CHANNEL, indirect=True)
async def test_a_text_arrives_whole(rig: Rig, text: str) -> None:
    await rig.channel.send(message_to(rig, text))
    assert [one.text for one in await rig.shown()] == [text]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("rig", WITH_BUTTONS, indirect=True)
async def test_a_text_above_buttons_arrives_whole(rig: Rig, text: str) -> None:
    await rig.channel.send(message_to(rig, text, Button("Oui", "7:2:yes")))
    assert [one.text for one in await rig.shown()] == [text]


@pytest.mark.parametrize("count", [1, 3, 4, 8])
@pytest.mark.parametrize("rig", WITH_BUTTONS, indirect=True)
async def test_every_button_is_shown_with_its_answer(rig: Rig, count: int) -> None:
    buttons = tuple(Button(f"Choix {n}", f"7:2:choice{n}") for n in range(count))
    await rig.channel.send(message_to(rig, "Lequel ?", *buttons))
    (shown,) = await rig.shown()
    answers = [payload.rpartition(":")[2] for payload in shown.buttons.values()]
    assert list(shown.buttons) == [one.label for one in buttons]
    assert answers == [one.payload.rpartition(":")[2] for one in buttons]


@pytest.mark.parametrize("kind", MEDIA)
@pytest.mark.parametrize("rig", WITH_MEDIA, indirect=True)
async def test_a_picture_or_a_voice_note_arrives_with_its_text(rig: Rig, kind: str) -> None:
    media = MEDIA[kind]
    rig.inbox.files["/m/token"] = media
    if isinstance(rig, SimulatorRig):
        rig.media[media.id] = media
    await rig.talks()
    provider_id = await rig.channel.send(replace(message_to(rig), media=media))
    shown = {one.id: one.text for one in await rig.shown()}
    assert shown[provider_id] == TEXTS["french"]
    assert await rig.files() == [media.content]


@pytest.mark.parametrize(
    ("rig", "payload"),
    [("telegram", "7:2:yes"), ("whatsapp", "yes")],
    indirect=["rig"],
    ids=["telegram", "whatsapp"],
)
async def test_a_tap_comes_back_bound_to_its_message(rig: Rig, payload: str) -> None:
    buttons = (Button("Oui", "7:2:yes"), Button("Non", "7:2:no"))
    provider_id = await rig.channel.send(message_to(rig, "Venez-vous ?", *buttons))
    await rig.tap((await rig.shown())[0], "Oui")
    (tap,) = rig.inbox.incoming
    assert isinstance(tap, InboundMessage)
    assert (tap.sender, tap.payload, tap.quoted) == (rig.to, payload, provider_id)


@pytest.mark.parametrize("rig", EVERY_CHANNEL, indirect=True)
async def test_a_passing_failure_asks_for_another_try(rig: Rig) -> None:
    rig.fail_once()
    with pytest.raises(SendDelayed) as caught:
        await rig.channel.send(message_to(rig))
    assert not isinstance(caught.value, SendUncertain)
    assert await rig.shown() == []


@pytest.mark.parametrize("rig", PROVIDERS, indirect=True)
async def test_the_delay_that_a_provider_asks_for_is_passed_on(rig: Rig) -> None:
    rig.slow_down(7)
    with pytest.raises(SendDelayed) as caught:
        await rig.channel.send(message_to(rig))
    assert (caught.value.retry_after, isinstance(caught.value, SendUncertain)) == (7, False)
    assert await rig.shown() == []


@pytest.mark.parametrize("rig", PROVIDERS, indirect=True)
async def test_a_text_that_is_too_long_is_refused_and_not_cut(rig: Rig) -> None:
    with pytest.raises(SendRefused) as caught:
        await rig.channel.send(message_to(rig, "Jeudi. " * 1000))
    assert not isinstance(caught.value, AddressDead)
    assert await rig.shown() == []


@pytest.mark.parametrize("word", ["stop", "STOP", "Oui.", "نعم", "👍🏽"])
@pytest.mark.parametrize("rig", ANSWERED, indirect=True)
async def test_what_a_parent_writes_arrives_as_it_was_written(rig: Rig, word: str) -> None:
    await rig.says(word)
    (arrived,) = rig.inbox.incoming
    assert isinstance(arrived, InboundMessage)
    assert (arrived.sender, arrived.text, arrived.payload) == (rig.to, word, None)
    by_carrier = rig.to.channel is ChannelName.SMS and word.upper() == "STOP"
    assert (arrived.opt_out is OptOut.STOP) == by_carrier


@pytest.mark.parametrize("rig", EVERY_CHANNEL, indirect=True)
async def test_a_dead_address_is_told_apart(rig: Rig) -> None:
    rig.die()
    with pytest.raises(AddressDead):
        await rig.channel.send(message_to(rig))


@pytest.mark.parametrize("hang", [True, False], ids=["no answer", "connection lost"])
@pytest.mark.parametrize("rig", PROVIDERS, indirect=True)
async def test_a_lost_answer_is_uncertain_and_find_tells_what_it_can(rig: Rig, hang: bool) -> None:
    rig.lose_answer(hang=hang)
    message = message_to(rig, TEXTS["lines"], Button("Oui", "7:2:yes"))
    with pytest.raises(SendUncertain):
        await rig.channel.send(message)
    (taken,) = await rig.shown()
    known = rig.to.channel is not ChannelName.TELEGRAM  # a bot cannot ask what it has sent
    assert await rig.channel.find(message) == (taken.id if known else None)


@pytest.mark.parametrize("rig", EVERY_CHANNEL, indirect=True)
async def test_a_message_that_never_left_is_not_found(rig: Rig) -> None:
    other = message_to(rig, "Un autre message.")
    await rig.channel.send(replace(other, id=8))
    assert await rig.channel.find(message_to(rig)) is None


@pytest.mark.parametrize("channel_name", ["telegram", "sms"])
async def test_nobody_listening_is_a_delay_and_not_a_doubt(channel_name: str) -> None:
    channel: Channel
    if channel_name == "telegram":
        channel = Telegram(TOKEN, api_url=NOBODY_LISTENS, webhook_secret=None)
    else:
        channel = twilio_channel(ChannelName.SMS, NOBODY_LISTENS, NOBODY_LISTENS)
    try:
        with pytest.raises(SendDelayed) as caught:
            await channel.send(OutboundMessage(7, _address(channel_name), "Bonjour"))
    finally:
        await channel.close()
    assert not isinstance(caught.value, SendUncertain)


@pytest.mark.parametrize("rig", EVERY_CHANNEL, indirect=True)
async def test_an_unsigned_call_is_rejected(rig: Rig) -> None:
    with pytest.raises(WebhookRejected):
        rig.channel.read(rig.unsigned)


@pytest.mark.parametrize(("update", "expected"), TELEGRAM_CALLS.values(), ids=TELEGRAM_CALLS)
async def test_telegram_calls_are_read(update: str, expected: tuple[Incoming, ...]) -> None:
    channel = Telegram(TOKEN, api_url=NOBODY_LISTENS, webhook_secret=SECRET)
    headers = {"x-telegram-bot-api-secret-token": SECRET}
    call = WebhookCall("https://carnet.example/telegram", headers, update.encode())
    assert channel.read(call) == expected


@pytest.mark.parametrize("name", [ChannelName.SMS, ChannelName.WHATSAPP])
@pytest.mark.parametrize(("form", "expected"), TWILIO_CALLS.values(), ids=TWILIO_CALLS)
async def test_twilio_calls_are_read_by_either_channel(
    name: ChannelName, form: str, expected: tuple[Incoming, ...]
) -> None:
    channel = twilio_channel(name, NOBODY_LISTENS, NOBODY_LISTENS)
    url = "https://carnet.example/twilio"
    signature = sign(AUTH_TOKEN, url, parse_qsl(form, keep_blank_values=True))
    call = WebhookCall(url, {"x-twilio-signature": signature}, form.encode())
    assert channel.read(call) == expected


@pytest.mark.parametrize("rig", PROVIDERS, indirect=True)
async def test_no_log_holds_what_a_family_wrote_or_is(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await rig.channel.send(message_to(rig, "Bonjour Awa"))
    rig.die()
    with pytest.raises(AddressDead) as caught:
        await rig.channel.send(message_to(rig, "Bonjour Awa"))
    await rig.channel.find(message_to(rig, "Bonjour Awa"))
    ours = [one.getMessage() for one in caplog.records if one.name not in LOGGERS_OF_THE_PEERS]
    written = " ".join([*ours, repr(caught.value)])
    assert not [word for word in ("Awa", PARENT, PARENT[1:], str(CHAT)) if word in written]


def _address(channel_name: str) -> Address:
    if channel_name == "telegram":
        return Address(ChannelName.TELEGRAM, str(CHAT))
    return Address(ChannelName.SMS, PARENT)
