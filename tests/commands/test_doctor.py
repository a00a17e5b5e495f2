"""What `carnet doctor` finds out from the providers, here on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import wall_clock
from bot.drafts import drafts
from bot.storage import templates
from bot.storage.tables import centres, outbox
from bot.templates import State
from bot.translation import catalog_languages
from tests.commands.terminal import Terminal
from tests.peers.content import ContentApi
from tests.peers.telegram import TOKEN, BotApi
from tests.peers.telegrams import Telegrams
from tests.peers.translate import TranslateApi
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN

ORIGIN = "https://carnet.example"
HOOK = f"{ORIGIN}/webhooks/telegram"
SECRET = "a-secret_of-ours"
SID = "HX" + "0123456789abcdef" * 2
HERE = "Ma Chance Moi Aussi"

Found = Mapping[str, tuple[str, str]]


def somebody(status: int) -> Starlette:
    """Whoever answers at our public address."""

    async def answer(_request: Request) -> Response:
        return Response(status_code=status)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])


async def doctor(terminal: Terminal, **settings: str) -> Found:
    """Subject to state and words; what is said of the last of equal subjects counts."""
    said = await asyncio.to_thread(terminal.carnet, "doctor", "--format", "json", **settings)
    assert said.err == ""
    return {one["subject"]: (one["state"], one["words"]) for one in said.json}


def with_webhook(peer: BotApi) -> dict[str, str]:
    return {
        "CARNET_TELEGRAM_TOKEN": TOKEN,
        "CARNET_TELEGRAM_API_URL": peer.url,
        "CARNET_TELEGRAM_MODE": "webhook",
        "CARNET_TELEGRAM_WEBHOOK_SECRET": SECRET,
        "CARNET_PUBLIC_URL": ORIGIN,
    }


@pytest.mark.parametrize(
    ("url", "answers", "state", "words"),
    [
        ("", 200, "warn", "pas encore enregistré"),
        ("https://ailleurs.example/webhooks/telegram", 200, "bad", f"qu'elles aillent à {HOOK}"),
        (HOOK, 200, "ok", f"{HOOK} (0 en attente)"),
        (HOOK, 403, "bad", "CARNET_TELEGRAM_WEBHOOK_SECRET a changé"),
        (HOOK, 502, "bad", "502 Bad Gateway (1 en attente)"),
    ],
    ids=["never set", "elsewhere", "well", "another secret", "nobody there"],
)
async def test_doctor_asks_telegram_where_it_brings_answers(
    terminal: Terminal, url: str, answers: int, state: str, words: str
) -> None:
    async with BotApi(wall_clock, retry_delays=()) as peer:
        for origin in (ORIGIN, "https://ailleurs.example"):
            peer.wire(origin, somebody(answers))
        if url:
            assert peer._updates.set_webhook({"url": url, "secret_token": SECRET})
            await peer.says(6399801, "oui")
        found = await doctor(terminal, **with_webhook(peer))
    assert found["telegram"] == ("ok", "@carnet_loopback_bot")
    assert found["webhook Telegram"][0] == state
    assert words in found["webhook Telegram"][1]


NICE = '{"nice": {"token": "4300:nice-token", "name": "NAME", "webhook_secret": "nice-secret"}}'


async def two_bots(terminal: Terminal, name: str = "carnet_loopback_bot") -> Found:
    """The first bot is well; what is written to nice waits for a webhook that is elsewhere."""
    first, nice = BotApi(wall_clock), BotApi(wall_clock, "4300:nice-token", retry_delays=())
    async with first, nice, Telegrams(wall_clock, first, nice) as api:
        for peer, path in ((first, "telegram"), (nice, "telegram/nice")):
            peer.wire(ORIGIN, somebody(200 if peer is first else 403))
            peer._updates.set_webhook({"url": f"{ORIGIN}/webhooks/{path}"})
        await nice.says(6399801, "oui")
        settings = with_webhook(first) | {
            "CARNET_TELEGRAM_API_URL": api.url,
            "CARNET_TELEGRAM_BOTS": NICE.replace("NAME", name),
        }
        return await doctor(terminal, **settings)


async def test_doctor_looks_at_each_bot_and_its_webhook(terminal: Terminal) -> None:
    found = await two_bots(terminal)
    assert found["telegram"] == found["telegram nice"] == ("ok", "@carnet_loopback_bot")
    assert found["webhook Telegram"] == ("ok", f"{HOOK} (0 en attente)")
    state, words = found["webhook Telegram nice"]
    assert state == "bad"
    assert "CARNET_TELEGRAM_BOTS, nice, webhook_secret a changé" in words
    assert "(1 en attente)" in words


async def test_doctor_says_that_cards_lead_to_another_bot(terminal: Terminal) -> None:
    found = await two_bots(terminal, "carnet_nice_bot")
    assert found["telegram"][0] == "ok"
    assert found["telegram nice"][0] == "warn"
    assert "les cartes mènent à @carnet_nice_bot" in found["telegram nice"][1]


async def test_a_bot_whose_token_is_refused_is_named(terminal: Terminal) -> None:
    async with BotApi(wall_clock) as peer:
        settings = with_webhook(peer) | {"CARNET_TELEGRAM_BOTS": NICE}
        found = await doctor(terminal, **settings)
    assert found["telegram"][0] == "ok"
    assert found["telegram nice"][0] == "bad"
    assert "CARNET_TELEGRAM_BOTS (nice, token)" in found["telegram nice"][1]


async def test_doctor_says_which_centre_has_a_bot_that_is_none_of_ours(terminal: Terminal) -> None:
    database = terminal.database()
    with database.write() as db:
        db.execute(
            insert(centres).values(
                name="Les Tilleuls",
                opens_at=time(9),
                closes_at=time(19),
                quiet_days=[],
                telegram_bot="lyon",
                created_at=wall_clock(),
            )
        )
    database.close()
    found = await doctor(terminal)
    assert found["Centre Les Tilleuls"][0] == "warn"
    assert "« lyon »" in found["Centre Les Tilleuls"][1]


async def test_an_incident_that_is_over_is_a_warning(terminal: Terminal) -> None:
    async with BotApi(wall_clock, retry_delays=(0.0,)) as peer:
        peer.wire(ORIGIN, somebody(502))
        peer._updates.set_webhook({"url": HOOK, "secret_token": SECRET})
        await peer.says(6399801, "oui")
        peer.wire(ORIGIN, somebody(200))
        await peer.redeliver(peer.updates[0]["update_id"])
        found = await doctor(terminal, **with_webhook(peer))
    assert found["webhook Telegram"][0] == "warn"
    assert "dernier incident" in found["webhook Telegram"][1]


async def test_long_polling_needs_no_webhook(terminal: Terminal) -> None:
    async with BotApi(wall_clock) as peer:
        settings = with_webhook(peer) | {"CARNET_TELEGRAM_MODE": "polling"}
        found = await doctor(terminal, **settings)
    assert "webhook Telegram" not in found


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [
        (0, "ok", "à l'heure de 127.0.0.1"),
        (45, "ok", "à l'heure de 127.0.0.1"),
        (-120, "warn", "avance de 1"),
        (120, "warn", "retarde de 1"),
    ],
)
async def test_doctor_compares_our_clock_with_the_providers(
    terminal: Terminal, seconds: int, state: str, words: str
) -> None:
    def clock() -> datetime:
        return wall_clock() + timedelta(seconds=seconds)

    async with BotApi(clock) as peer:
        found = await doctor(
            terminal, CARNET_TELEGRAM_TOKEN=TOKEN, CARNET_TELEGRAM_API_URL=peer.url
        )
    assert found["Horloge"][0] == state
    assert words in found["Horloge"][1]


async def test_no_clock_is_judged_without_a_provider(terminal: Terminal) -> None:
    assert "Horloge" not in await doctor(terminal)
    nobody = {"CARNET_TELEGRAM_TOKEN": TOKEN, "CARNET_TELEGRAM_API_URL": "http://127.0.0.1:9"}
    assert "Horloge" not in await doctor(terminal, **nobody)


async def test_doctor_counts_what_whatsapp_may_send_by_language(terminal: Terminal) -> None:
    turkish = [one for one in drafts(HERE) if one.language == "tr"]
    arabic = [one for one in drafts(HERE) if one.language == "ar"]
    registry = terminal.file("templates.toml", f'[invitation]\nro = "{SID}"\n'.encode())
    database = terminal.database()
    with database.write() as db:
        for one in turkish:
            templates.save(db, one, SID, "UTILITY", State.APPROVED, "", wall_clock())
        for one, state in zip(
            arabic, (State.REJECTED, State.PENDING, State.RECEIVED), strict=False
        ):
            templates.save(db, one, SID, "UTILITY", state, "", wall_clock())
    database.close()
    async with ContentApi(wall_clock, {}, ACCOUNT_SID, AUTH_TOKEN) as peer:
        account = {
            "CARNET_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "CARNET_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "CARNET_TWILIO_API_URL": peer.url,
            "CARNET_WHATSAPP_TEMPLATES": registry,
        }
        found = await doctor(terminal, CARNET_WHATSAPP_SENDER="+33639980099", **account)
        off = await doctor(terminal, **account)
    assert found["whatsapp"] == ("ok", "Association")
    assert found["Modèles WhatsApp tr"] == ("ok", f"les {len(turkish)} sont approuvés")
    how, words = found["Modèles WhatsApp ar"]
    assert how == "warn"
    assert f"0 approuvés sur {len(arabic)} (1 refusés, 2 en examen, " in words
    assert "2 approuvés sur" in found["Modèles WhatsApp ro"][1]  # to a workshop, to a meeting
    assert {f"Modèles WhatsApp {one}" for one in catalog_languages()} <= set(found)
    assert off["Modèles WhatsApp"][0] == "off"


async def test_the_machine_that_proposes_translations_is_asked(terminal: Terminal) -> None:
    subject = "Moteur de traduction"
    assert (await doctor(terminal))[subject][0] == "off"
    async with TranslateApi(wall_clock) as peer:
        state, words = (await doctor(terminal, CARNET_TRANSLATE_URL=peer.url))[subject]
        assert state == "warn"
        assert "il n'écrit pas : es" in words
        peer.fail_next("languages", 403)
        state, words = (await doctor(terminal, CARNET_TRANSLATE_URL=peer.url))[subject]
        assert (state, "CARNET_TRANSLATE_KEY" in words) == ("bad", True)


async def test_doctor_says_that_a_provider_does_not_reach_us(terminal: Terminal) -> None:
    database, at = terminal.database(), wall_clock() - timedelta(hours=3)
    with database.write() as db:
        left = {
            "purpose": "invitation",
            "says": [],
            "due_at": at,
            "next_attempt_at": at,
            "created_at": at,
            "sent_at": at,
            "state": "sent",
            "channel": "sms",
        }
        db.execute(insert(outbox), [left | {"key": str(number)} for number in range(21)])
    database.close()
    state, words = (await doctor(terminal))["À regarder"]
    assert state == "bad"
    assert "21 messages sont partis sans que le fournisseur nous dise" in words
    assert "/webhooks/twilio" in words
