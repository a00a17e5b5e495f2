"""The pocket bot, talked to as the team does, over a strict Bot API on loopback."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from telegram import Update
from telegram.error import RetryAfter

from bot.app import build, wall_clock
from bot.errors import SendRefused
from bot.settings import Settings
from bot.staff.pocket import name_of
from bot.staff_chats import new_staff_code
from bot.storage.tables import events, invitations, outbox, staff, tasks
from tests.peers.telegram import BotApi
from tests.staff.conftest import DINA, NADIA, STRANGER, TOKEN, Team, person_called

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

PRIVATE = "Ce robot est privé. Si vous avez un code, envoyez /start puis le code."


# -- who may speak to it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "Bonjour",
        "/start",
        "/start AAAAAAAAAAAAAAAAAAAAAA",
        "/aujourdhui",
        "/nouveau",
        "/questions",
        "/absent",
        "/quitter",
    ],
)
async def test_a_stranger_learns_nothing(team: Team, words: str) -> None:
    team.api.joins(STRANGER, "Someone")
    (answer,) = await team.says(STRANGER, words)
    known = {
        PRIVATE,
        "Ce code n'est plus valable. Faites-en un nouveau sur votre page dans Carnet.",
    }
    assert answer.text in known
    assert answer.buttons == ()


async def test_a_code_links_a_chat_once(team: Team) -> None:
    await team.bind("nadia")
    assert team.api.sent[-1].text.startswith("Bonjour Nadia Ferrand.")
    code = team.api.updates[-1]["message"]["text"] if team.api.updates else ""
    team.api.joins(STRANGER, "Someone")
    (answer,) = await team.says(STRANGER, code)
    assert answer.text.startswith("Ce code n'est plus valable.")


async def test_a_code_is_worth_nothing_after_half_an_hour(team: Team) -> None:
    with team.stage.database.write() as db:
        code = new_staff_code(db, person_called(team.stage, "nadia"), team.stage.now)
    team.stage.now += timedelta(minutes=31)
    team.api.joins(NADIA, "Nadia")
    (answer,) = await team.says(NADIA, f"/start {code}")
    assert answer.text.startswith("Ce code n'est plus valable.")


async def test_who_left_the_team_is_a_stranger_at_once(team: Team) -> None:
    chat = await team.bind("nadia")
    with team.stage.database.write() as db:
        db.execute(
            staff.update()
            .where(staff.c.id == team.stage.ids["nadia"])
            .values(disabled_at=team.stage.now)
        )
    (answer,) = await team.says(chat, "/aujourdhui")
    assert answer.text == PRIVATE


async def test_an_unlinked_chat_is_a_strangers(team: Team) -> None:
    chat = await team.bind("nadia")
    await team.says(chat, "/quitter")
    (answer,) = await team.says(chat, "/aujourdhui")
    assert answer.text == PRIVATE


# -- today ----------------------------------------------------------------------------------------


async def test_today_shows_the_events_of_ones_own_centre(team: Team) -> None:
    chat = await team.bind("nadia")
    (card,) = await team.says(chat, "/aujourdhui")
    assert "Atelier cuisine" in card.text
    assert "oui 0" in card.text
    jules = await team.bind("port")
    (nothing,) = await team.says(jules, "/aujourdhui")
    assert nothing.text == "Rien n'est prévu aujourd'hui."


async def test_who_has_not_answered_is_listed_with_a_number_to_call(team: Team) -> None:
    chat = await team.bind("nadia")
    (card,) = await team.says(chat, "/aujourdhui")
    (listed,) = await team.taps(card, "Sans réponse")
    assert "F-002 · Selin Kaya" in listed.text
    assert "06\u00a039\u00a098\u00a000\u00a002" in listed.text


async def test_a_tap_ticks_a_family_and_another_tap_corrects_it(team: Team) -> None:
    chat = await team.bind("nadia")
    (card,) = await team.says(chat, "/aujourdhui")
    (listed,) = await team.taps(card, "Présences")
    event_id, family_id = team.stage.ids["Atelier cuisine"], team.stage.ids["F-003"]
    for expected in (True, False, True):
        shown = team.api.edits[-1] if team.api.edits else listed
        label = next(one.text for one in shown.buttons if "F-003" in one.text)
        await team.taps(shown, label)
        (row,) = team.stage.rows(
            select(invitations.c.attended).where(
                invitations.c.event_id == event_id, invitations.c.family_id == family_id
            )
        )
        assert row.attended is expected
    assert "1 présentes, 0 absentes" in team.api.edits[-1].text


async def test_a_forged_button_reaches_no_other_centre(team: Team) -> None:
    jules = await team.bind("port")
    nadia = await team.bind("nadia")
    (card,) = await team.says(nadia, "/aujourdhui")
    (listed,) = await team.taps(card, "Présences")
    data = next(one.callback_data for one in listed.buttons if "F-003" in one.text)
    update: dict[str, Any] = {
        "update_id": 1,
        "callback_query": {
            "id": "1",
            "from": {"id": jules, "is_bot": False, "first_name": "Jules"},
            "chat_instance": "1",
            "data": data,
            "message": {
                "message_id": 1,
                "date": 1,
                "chat": {"id": jules, "type": "private", "first_name": "Jules"},
            },
        },
    }
    before = len(team.api.sent)
    await team.pocket.handle(Update.de_json(update, team.pocket.bot))
    assert [one.text for one in team.api.sent[before:]] in ([], ["Cela n'existe plus."])
    rows = team.stage.rows(
        select(invitations.c.attended).where(
            invitations.c.event_id == team.stage.ids["Atelier cuisine"]
        )
    )
    assert {row.attended for row in rows} == {None}


# -- parents' questions ---------------------------------------------------------------------------


async def test_a_parents_words_arrive_once_and_again_when_they_write_again(team: Team) -> None:
    chat = await team.bind("nadia")
    before = len(team.api.sent)
    assert await team.pocket.tell() == 3  # two parents, and what the watchdog has seen
    assert await team.pocket.tell() == 0
    told = [one.text for one in team.api.sent[before:]]
    assert any("Est-ce que je peux venir avec ma sœur ?" in text for text in told)
    with team.stage.database.write() as db:
        db.execute(tasks.update().values(asked_at=team.stage.now))
    assert await team.pocket.tell() == 2
    assert {one.chat_id for one in team.api.sent[before:]} == {chat}


async def test_a_reply_leaves_to_the_parent_once(team: Team) -> None:
    chat = await team.bind("nadia")
    await team.pocket.tell()
    asked = next(one for one in team.api.sent if "ma sœur" in one.text)
    wakes = team.stage.wakes
    (done,) = await team.says(chat, "Oui, avec plaisir !", reply_to=asked.message_id)
    assert done.text == "✓ En route vers le parent (SMS)."
    assert team.stage.wakes > wakes
    (row,) = team.stage.rows(select(outbox).where(outbox.c.purpose == "staff"))
    assert row.contact_id == team.stage.ids["Amina Berrada"]
    assert "Oui, avec plaisir !" in str(row.says)
    await team.api.redeliver(team.api.updates[-1]["update_id"])
    await team.take()
    assert len(team.stage.rows(select(outbox).where(outbox.c.purpose == "staff"))) == 1


async def test_loose_words_are_for_nobody(team: Team) -> None:
    chat = await team.bind("nadia")
    await team.pocket.tell()
    (answer,) = await team.says(chat, "Oui, avec plaisir !")
    assert answer.text.startswith("Pour répondre à un parent")
    assert team.stage.rows(select(outbox).where(outbox.c.purpose == "staff")) == []


async def test_what_is_settled_lets_automation_speak_again(team: Team) -> None:
    chat = await team.bind("nadia")
    shown = await team.says(chat, "/questions")
    assert len(shown) == 2
    (done,) = await team.taps(shown[0], "C'est réglé")
    assert done.text.startswith("✓ Réglé.")
    closed = team.stage.rows(select(tasks).where(tasks.c.closed_at.is_not(None)))
    assert [row.closed_by for row in closed] == [team.stage.ids["nadia"]]


async def test_another_centre_hears_nothing_of_it(team: Team) -> None:
    await team.bind("port")
    before = len(team.api.sent)
    assert await team.pocket.tell() == 0
    assert team.api.sent[before:] == []


async def test_a_colleague_hears_for_who_is_absent_today_and_not_tomorrow(team: Team) -> None:
    nadia, dina = await team.bind("nadia"), await team.bind("dina")
    (asked,) = await team.says(nadia, "/absent")
    mine, hers = await team.taps(asked, "Dina Lacaze")
    assert (mine.chat_id, hers.chat_id) == (nadia, dina)
    before = len(team.api.sent)
    await team.pocket.tell()
    assert {one.chat_id for one in team.api.sent[before:]} == {DINA}
    team.stage.now += timedelta(days=1)
    with team.stage.database.write() as db:
        db.execute(tasks.update().values(asked_at=team.stage.now))
    before = len(team.api.sent)
    await team.pocket.tell()
    assert {one.chat_id for one in team.api.sent[before:]} == {NADIA, DINA}


async def test_a_chat_that_blocked_the_robot_is_unlinked(team: Team) -> None:
    chat = await team.bind("nadia")
    team.api.blocked.add(chat)
    assert await team.pocket.tell() == 0
    team.api.blocked.discard(chat)
    (answer,) = await team.says(chat, "/questions")
    assert answer.text == PRIVATE


async def test_a_busy_telegram_loses_no_news(team: Team) -> None:
    await team.bind("nadia")
    team.api.fail_next("sendMessage", 429, retry_after=1)
    with pytest.raises(RetryAfter):
        await team.pocket.tell()
    assert await team.pocket.tell() == 3


async def test_what_keeps_families_from_their_messages_is_told_once_a_day(team: Team) -> None:
    await team.bind("nadia")
    await team.pocket.tell()
    warned = [one.text for one in team.api.sent if one.text.startswith("⚠")]
    assert len(warned) == 1
    assert warned[0].startswith("⚠ 1 message aurait dû partir et n'est pas parti.")
    team.stage.now += timedelta(days=1)
    assert await team.pocket.tell() == 1


# -- the wizard -----------------------------------------------------------------------------------


async def test_the_wizard_plans_an_event_and_nothing_before_it_was_seen(team: Team) -> None:
    chat = await team.bind("nadia")
    before = len(team.stage.rows(select(events.c.id)))
    (kind,) = await team.says(chat, "/nouveau")
    (title,) = await team.taps(kind, "Atelier")
    assert title.text.startswith("Comment cela s'appelle-t-il ?")
    await team.says(chat, "Les écrans à la maison")
    await team.says(chat, "12/12/2026")
    await team.says(chat, "18h30")
    (seats,) = await team.says(chat, "Salle bleue")
    (look,) = await team.taps(seats, "Sans limite")
    assert "Atelier · Les écrans à la maison" in look.text
    assert "samedi 12 décembre" in look.text
    assert "Familles invitées : 7" in look.text
    assert "Non touchées" in look.text
    assert "Invitation" in look.text
    assert len(team.stage.rows(select(events.c.id))) == before
    (done,) = await team.taps(look, "Prévoir")
    assert done.text == "✓ Prévu : Les écrans à la maison. Messages".replace(
        "Messages", "Les messages partent selon son plan."
    )
    new = team.stage.rows(select(events).order_by(events.c.id.desc()).limit(1))[0]
    assert (new.on.isoformat(), new.at.isoformat("minutes"), new.place) == (
        "2026-12-12",
        "18:30",
        "Salle bleue",
    )


async def test_what_is_wrong_is_asked_again_and_one_thing_can_be_changed(team: Team) -> None:
    chat = await team.bind("nadia")
    (kind,) = await team.says(chat, "/nouveau")
    await team.taps(kind, "Sortie")
    await team.says(chat, "Au zoo")
    await team.says(chat, "01/11/2026")
    await team.says(chat, "14:00")
    await team.says(chat, "Devant le centre")
    why, again = await team.says(chat, "20")
    assert why.text == "Ce moment est passé. Choisissez-en un à venir."
    assert again.text.startswith("Quel jour ?")
    (look,) = await team.says(chat, "05/12/2026")
    (asked,) = await team.taps(look, "Lieu")
    assert asked.text == "Où les familles doivent-elles venir ?"
    (look,) = await team.says(chat, "Devant la gare")
    assert "Devant la gare" in look.text
    (left,) = await team.taps(look, "Laisser")
    assert left.text == "Rien n'a été prévu."


async def test_a_button_from_before_a_restart_says_so(team: Team) -> None:
    chat = await team.bind("nadia")
    (kind,) = await team.says(chat, "/nouveau")
    await team.says(chat, "/rien")
    (answer,) = await team.taps(kind, "Atelier")
    assert answer.text.startswith("J'ai perdu le fil.")


# -- in the house ---------------------------------------------------------------------------------


async def test_the_running_process_hears_and_tells(tmp_path: Path) -> None:
    settings = Settings(  # type: ignore[call-arg]  # the rest has defaults
        data_folder=tmp_path, pocket_token=SecretStr(TOKEN), _env_file=None
    )
    async with BotApi(wall_clock, TOKEN, local=True) as api:
        carnet = build(settings.model_copy(update={"telegram_api_url": api.url}), channels={})
        async with carnet.running(jobs=False):
            api.joins(STRANGER, "Someone")
            await api.says(STRANGER, "Bonjour")
            for _ in range(200):
                if api.sent:
                    break
                await asyncio.sleep(0.05)
        carnet.database.close()
    assert [one.text for one in api.sent] == [PRIVATE]
    assert "aujourdhui" in api.commands[""]


async def test_a_wrong_token_is_said_in_plain_words() -> None:
    async with BotApi(wall_clock, TOKEN, local=True) as api:
        assert await name_of(TOKEN, api.url) == "carnet_loopback_bot"
        with pytest.raises(SendRefused, match="ne connaît pas ce jeton"):
            await name_of("1:another", api.url)
