"""The pocket bot looks over what the team writes, and puts what parents write into French."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.libretranslate import LibreTranslate
from bot.staff.pocket import Pocket
from bot.storage.tables import contacts, events
from bot.translators import Readings
from tests.peers.translate import TranslateApi
from tests.staff.conftest import TOKEN, Team

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


async def titled(team: Team, chat: int, title: str) -> list[str]:
    """Plan an event with this title up to its look; give what the bot said last."""
    (kind,) = await team.says(chat, "/nouveau")
    await team.taps(kind, "Atelier")
    await team.says(chat, title)
    await team.says(chat, "12/12/2026")
    await team.says(chat, "18h30")
    (seats,) = await team.says(chat, "Salle bleue")
    return [one.text for one in await team.taps(seats, "Sans limite")]


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("Atelier sur la parentalité", "« parentalité » est difficile à lire."),
        ("Aidez-nous par un don", "un message ne demande jamais d'argent."),
    ],
)
async def test_words_that_must_change_are_asked_again_and_nothing_is_lost(
    team: Team, title: str, why: str
) -> None:
    chat = await team.bind("nadia")
    before = len(team.stage.rows(select(events.c.id)))
    said, asked = await titled(team, chat, title)
    assert why in said
    assert asked.startswith("Comment cela s'appelle-t-il ?")
    (look,) = await team.says(chat, "Être parent")
    assert "Atelier · Être parent" in look.text
    assert "Salle bleue" in look.text
    assert len(team.stage.rows(select(events.c.id))) == before
    await team.taps(look, "Prévoir")
    assert len(team.stage.rows(select(events.c.id))) == before + 1


async def test_what_only_warns_is_shown_before_the_confirmation(team: Team) -> None:
    chat = await team.bind("nadia")
    (look,) = await titled(team, chat, "L’atelier des écrans")
    assert "Pour des SMS moins chers, remplacez : ’ par ' (1 fois)." in look
    (quiet,) = await titled(team, chat, "Les écrans à la maison")
    assert "SMS moins chers" not in quiet


async def asked(team: Team, machine: TranslateApi) -> list[str]:
    """What a coordinator is shown of the parents who wait, with a machine beside the bot."""
    chat = await team.bind("nadia")
    with team.stage.database.write() as db:
        db.execute(
            update(contacts)
            .where(contacts.c.id == team.stage.ids["Amina Berrada"])
            .values(language="ar")
        )
    readings = Readings(LibreTranslate(machine.url))
    pocket = Pocket(
        team.stage.database,
        team.pocket._reach,
        team.pocket._clock,
        team.pocket._wake,
        TOKEN,
        team.api.url,
        readings,
    )
    await pocket.open()
    try:
        before = len(team.api.sent)
        await pocket.tell()
        told = [one.text for one in team.api.sent[before:] if one.chat_id == chat]
        team.pocket = pocket
        shown = [one.text for one in await team.says(chat, "/questions")]
        assert [one for one in told if "ma sœur" in one] == [one for one in shown if "sœur" in one]
        return shown
    finally:
        await pocket.close()


WORDS = "Est-ce que je peux venir avec ma sœur ?"


async def test_a_parents_own_words_stand_above_the_marked_translation(team: Team) -> None:
    async with TranslateApi(lambda: team.stage.now) as machine:
        machine.known[WORDS] = "Puis-je amener ma sœur ?"
        (card,) = [one for one in await asked(team, machine) if WORDS in one]
    lines = card.splitlines()
    own = lines.index(f"« {WORDS} »")
    assert lines[own + 1] == "Traduction automatique : Puis-je amener ma sœur ?"
    assert lines[own + 2].startswith("Répondez à ce message")


async def test_a_silent_machine_keeps_no_parent_waiting(team: Team) -> None:
    async with TranslateApi(lambda: team.stage.now) as machine:
        machine.fail_next("translate", 500, times=2)
        (card,) = [one for one in await asked(team, machine) if WORDS in one]
    assert "Traduction automatique" not in card
