"""Parents who wait for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import say
from bot.people import LONGEST
from bot.storage.tables import (
    addresses,
    centres,
    contact_addresses,
    inbound,
    outbox,
    staff,
    tasks,
)
from tests.web.console_stage import NOW, Stage, visible_text


def tasks_of(stage: Stage) -> list[Any]:
    """Every task, the oldest first."""
    return stage.rows(select(tasks).order_by(tasks.c.opened_at))


def inbox(stage: Stage, who: str = "nadia") -> str:
    """The page, as words."""
    return visible_text(stage.browser(who).get("/inbox"))


def test_whoever_waits_longest_comes_first_with_their_words(stage: Stage) -> None:
    words = inbox(stage)
    first, second = words.index("Amina Berrada"), words.index("Karim Haddad")
    assert first < words.index("Est-ce que je peux venir avec ma sœur ?") < second
    assert "Veut parler à quelqu'un · attend depuis dimanche 22 novembre à 4h" in words
    assert "Langue arabe" in words
    assert "Événement Bien dormir" in words
    assert "À répondre 2 parents attendent" in words


def test_the_last_words_are_the_latest_and_the_exchange_is_in_order(stage: Stage) -> None:
    stage.message(
        None,
        "F-007",
        "delivered",
        step="",
        says=(say("{text}", text="Quelqu'un va vous écrire."),),
        sent_at=NOW - timedelta(minutes=90),
        created_at=NOW - timedelta(minutes=90),
    )
    [theirs] = stage.rows(
        select(inbound.c.address_id).where(inbound.c.contact_id == stage.ids["Karim Haddad"])
    )
    stage.add(
        inbound,
        channel="sms",
        provider_id="SMlatest",
        address_id=theirs.address_id,
        contact_id=stage.ids["Karim Haddad"],
        text="Merci, j'attends",
        at=NOW - timedelta(minutes=60),
    )
    words = inbox(stage)
    assert words.count("Merci, j'attends") == 2  # as the last words, and in the exchange
    exchange = words[words.rindex("Derniers messages") :]
    order = ["parler à quelqu'un", "Quelqu'un va vous écrire.", "Merci, j'attends"]
    places = [exchange.index(text) for text in order]
    assert places == sorted(places)


def test_an_answer_leaves_under_the_name_of_whoever_wrote_it(stage: Stage) -> None:
    task = tasks_of(stage)[0]
    done = stage.post(f"/inbox/{task.id}/answer", {"text": " Bien sûr,\r\nvenez à deux ! "})
    assert (done.status_code, done.headers["location"]) == (303, f"/inbox#task-{task.id}")
    [row] = stage.rows(select(outbox).where(outbox.c.purpose == "staff"))
    assert (row.address_id, row.contact_id, row.state) == (
        task.address_id,
        task.contact_id,
        "waiting",
    )
    assert "Nadia Ferrand" in str(row.says)
    assert row.says[1]["params"]["text"] == "Bien sûr,\nvenez à deux !"
    assert stage.wakes == 1
    words = inbox(stage)
    assert "Répondu lundi 23 novembre à 10h." in words
    assert "venez à deux !" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [("   ", "Écrivez votre réponse"), ("é" * (LONGEST + 1), "Votre réponse est trop longue")],
)
def test_an_answer_that_cannot_leave_is_kept_in_its_box(
    stage: Stage, text: str, words: str
) -> None:
    task = tasks_of(stage)[1]
    page = stage.post(f"/inbox/{task.id}/answer", {"text": text})
    assert page.status_code == 400
    assert words in visible_text(page)
    assert f"required>{text.strip()}</textarea>" in page.text
    assert stage.rows(select(outbox).where(outbox.c.purpose == "staff")) == []
    assert stage.wakes == 0


def test_what_is_settled_leaves_the_page_and_says_who_settled_it(stage: Stage) -> None:
    task = tasks_of(stage)[0]
    assert stage.post(f"/inbox/{task.id}/close", who="dina").status_code == 303
    row = stage.row(tasks, task.id)
    assert (row.closed_at, row.closed_by) == (NOW, stage.ids["dina"])
    assert "Amina Berrada" not in inbox(stage)
    again = stage.post(f"/inbox/{task.id}/answer", {"text": "Bonjour"})
    assert again.status_code == 404


def test_nobody_waits_is_good_news(empty_stage: Stage) -> None:
    assert "Personne n'attend. Bravo !" in inbox(empty_stage)


def test_others_on_a_shared_phone_stay_unseen(stage: Stage) -> None:
    task = tasks_of(stage)[0]
    stage.add(
        inbound,
        channel="sms",
        provider_id="SMother",
        address_id=task.address_id,
        contact_id=stage.ids["Rosa Lima"],
        text="Un message d'une autre famille",
        at=NOW,
    )
    assert "autre famille" not in inbox(stage)


def stranger_waits(stage: Stage) -> None:
    """Somebody whom no centre knows has written."""
    address_id = stage.add(addresses, channel="sms", value="+33639980099", created_at=NOW)
    stage.add(
        inbound,
        channel="sms",
        provider_id="SMstranger",
        address_id=address_id,
        text="C'est pour une inscription",
        at=NOW,
    )
    stage.add(tasks, address_id=address_id, reason="stranger", opened_at=NOW, asked_at=NOW)


def test_a_stranger_is_seen_by_those_who_see_every_centre(stage: Stage) -> None:
    stranger_waits(stage)
    words = inbox(stage, "ada")
    assert "Un numéro inconnu" in words
    assert "C'est pour une inscription" in words
    assert "SMS 06 39 98 00 99" in words
    assert "inscription" not in inbox(stage)


def test_a_stranger_is_seen_by_the_only_centre(empty_stage: Stage) -> None:
    stage = empty_stage
    stranger_waits(stage)
    assert "inscription" not in inbox(stage)
    with stage.database.write() as db:
        port = stage.ids["port"]
        db.execute(staff.update().where(staff.c.centre_id == port).values(centre_id=None))
        db.execute(centres.delete().where(centres.c.id == port))
    assert "C'est pour une inscription" in inbox(stage)


def test_who_says_that_they_take_care_of_it_is_shown_and_keeps_automation_silent(
    stage: Stage,
) -> None:
    [first, *_] = tasks_of(stage)
    assert inbox(stage).count("Je m'en occupe") == 2
    assert stage.post(f"/inbox/{first.id}/take", {}).status_code == 303
    words = inbox(stage)
    assert words.count("Je m'en occupe") == 1
    assert "Nadia Ferrand s'en occupe depuis le" in words
    [after, *_] = tasks_of(stage)
    assert (after.taken_at, after.taken_by) == (NOW, stage.ids["nadia"])
    assert (after.answered_at, after.closed_at) == (None, None)  # the parent still waits


def test_a_task_of_another_centre_is_not_taken(stage: Stage) -> None:
    [first, *_] = tasks_of(stage)
    elsewhere = stage.post(f"/inbox/{first.id}/take", {}, who="port")
    assert elsewhere.status_code in (403, 404)
    assert tasks_of(stage)[0].taken_at is None


@pytest.mark.parametrize(
    ("state", "sure"), [("sent", False), ("waiting", False), ("failed", True), ("refused", True)]
)
def test_what_nobody_has_confirmed_is_not_called_lost(stage: Stage, state: str, sure: bool) -> None:
    message = stage.message(None, "F-006", state)
    [contact] = stage.rows(select(outbox.c.contact_id).where(outbox.c.id == message))
    [theirs] = stage.rows(
        select(contact_addresses.c.address_id).where(
            contact_addresses.c.contact_id == contact.contact_id
        )
    )
    stage.add(
        tasks,
        centre_id=stage.ids["tilleuls"],
        contact_id=contact.contact_id,
        address_id=theirs.address_id,
        reason="unreachable",
        outbox_id=message,
        asked_at=NOW,
        opened_at=NOW,
    )
    words = inbox(stage)
    assert ("n'est pas arrivé, et il ne reste aucun autre moyen" in words) is sure
    assert ("Plus aucun message ne lui parvient" in words) is sure
    assert ("n'est peut-être pas arrivé" in words) is not sure
