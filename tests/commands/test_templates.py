"""`carnet templates`: made once, submitted once, whatever is cut; and what Meta says of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import wall_clock
from bot.commands import templates as command
from bot.drafts import WITHOUT, drafts
from bot.errors import Rejected
from bot.flows.menus import LANGUAGES
from bot.languages import language_of
from bot.settings import Settings
from bot.storage import templates
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.templates import Draft, State
from tests.commands.terminal import Terminal
from tests.peers.content import ContentApi
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN

HERE = "Ma Chance Moi Aussi"
DISCARD = "http://127.0.0.1:9"  # nobody listens


@pytest.fixture
def database(tmp_path: Path) -> Database:
    found = Database(f"sqlite:///{tmp_path / 'data' / 'carnet.db'}", durable=False)
    migrate(found)
    return found


@pytest.fixture
async def twilio() -> AsyncIterator[ContentApi]:
    async with ContentApi(wall_clock, {}, ACCOUNT_SID, AUTH_TOKEN) as peer:
        yield peer


def settings(content_url: str = DISCARD, **changes: str) -> Settings:
    values: dict[str, Any] = {
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": AUTH_TOKEN,
        "twilio_content_url": content_url,
    }
    return Settings(_env_file=None, **values | changes)  # type: ignore[call-arg]  # pydantic's


async def push(
    database: Database,
    twilio: ContentApi,
    step: str = "reminder",
    language: str = "fr",
    **more: str,
) -> int:
    chosen = settings(twilio.url, **more)
    return await asyncio.to_thread(
        command.run_push, database, chosen, step, language, dry_run=False
    )


async def sync(database: Database, twilio: ContentApi) -> None:
    await asyncio.to_thread(command.run_sync, database, settings(twilio.url))


def standing(database: Database) -> list[tuple[str, str, str, str]]:
    with database.read() as db:
        rows = templates.stored(db).values()
        return [(one.step, one.language, one.state, one.reason) for one in rows]


REMINDERS = 3  # to who comes, to who may come, and to who meets somebody by name


def expected(step: str, language: str) -> list[Draft]:
    return [one for one in drafts(HERE) if (one.step, one.language) == (step, language)]


async def test_what_is_missing_is_made_submitted_and_written_down(
    database: Database, twilio: ContentApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await push(database, twilio) == 0
    ours = expected("reminder", "fr")
    assert len(ours) == REMINDERS
    assert [one["friendly_name"] for one in twilio.made] == [one.name for one in ours]
    assert [one["name"] for one in twilio.approvals.values()] == [one.name for one in ours]
    assert {one["category"] for one in twilio.approvals.values()} == {"UTILITY"}
    assert standing(database) == [("reminder", "fr", "received", "")] * REMINDERS
    assert f"{REMINDERS} soumis, 0 déjà là, 0 impossibles." in capsys.readouterr().out


async def test_every_template_of_ours_passes_twilios_checks(
    database: Database, twilio: ContentApi
) -> None:
    assert await push(database, twilio, "", "") == 0
    assert len(twilio.approvals) == len(drafts(HERE))
    assert {one["language"] for one in twilio.made} == {
        language_of(one).whatsapp or one for one in LANGUAGES
    }


async def test_a_second_push_does_nothing(database: Database, twilio: ContentApi) -> None:
    await push(database, twilio)
    made = len(twilio.made)
    await push(database, twilio)
    assert len(twilio.made) == made


@pytest.mark.parametrize("call", ["create", "submit"])
@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
async def test_a_push_that_is_cut_anywhere_goes_on_without_doubles(
    database: Database, twilio: ContentApi, call: str, taken: bool
) -> None:
    twilio.reset_next(call, taken=taken)
    with pytest.raises(Rejected, match="relancez la commande"):
        await push(database, twilio)
    await push(database, twilio)
    names = [one["friendly_name"] for one in twilio.made]
    assert sorted(names) == sorted(one.name for one in expected("reminder", "fr"))
    assert len(twilio.approvals) == REMINDERS
    assert {state for _, _, state, _ in standing(database)} == {"received"}


@pytest.mark.parametrize("call", ["list", "standing"])
async def test_a_process_that_dies_before_it_wrote_down_what_it_did_makes_no_doubles(
    database: Database, twilio: ContentApi, call: str
) -> None:
    await push(database, twilio)
    with database.write() as db:  # as if it had died: Twilio has them, and we know of none
        for row in templates.stored(db).values():
            templates.forget(db, row.id)
    twilio.fail_next(call, 503)
    with pytest.raises(Rejected, match="relancez la commande"):
        await push(database, twilio)
    await push(database, twilio)
    assert len(twilio.made) == len(twilio.approvals) == REMINDERS
    assert len(standing(database)) == REMINDERS


async def test_what_meta_says_is_kept_and_told_once(
    database: Database, twilio: ContentApi, capsys: pytest.CaptureFixture[str]
) -> None:
    await push(database, twilio)
    first, second, third = twilio.approvals
    twilio.decides(first, "approved", category="MARKETING")
    twilio.decides(second, "rejected", "INVALID_FORMAT [variables]")
    twilio.decides(third, "pending")
    capsys.readouterr()
    await sync(database, twilio)
    said = capsys.readouterr().out
    assert "reminder fr : reçu → approuvé, rangé par Meta en MARKETING" in said
    assert "reminder fr : reçu → refusé (INVALID_FORMAT [variables])" in said
    assert "reminder fr : reçu → en examen" in said
    await sync(database, twilio)
    assert capsys.readouterr().out == "3 modèles, 0 changements.\n"
    assert standing(database) == [
        ("reminder", "fr", "approved", ""),
        ("reminder", "fr", "rejected", "INVALID_FORMAT [variables]"),
        ("reminder", "fr", "pending", ""),
    ]
    with database.read() as db:
        (sids,) = templates.approved(db).values()
    assert list(sids.values()) == [first]


async def test_what_was_deleted_at_twilio_is_made_anew(
    database: Database, twilio: ContentApi, capsys: pytest.CaptureFixture[str]
) -> None:
    await push(database, twilio, "nudge")
    twilio.made.clear()
    twilio.approvals.clear()
    await sync(database, twilio)
    assert "nudge fr : supprimé chez Twilio" in capsys.readouterr().out
    await push(database, twilio, "nudge")
    assert len(twilio.made) == 1


async def test_a_refused_template_is_submitted_again_once_its_words_have_changed(
    database: Database, twilio: ContentApi
) -> None:
    await push(database, twilio, "nudge")
    (sid,) = twilio.approvals
    twilio.decides(sid, "rejected", "INVALID_FORMAT")
    await sync(database, twilio)
    await push(database, twilio, "nudge")
    assert len(twilio.made) == 1  # the same words would be refused again
    with database.write() as db:
        (row,) = templates.stored(db).values()
        templates.set_state(db, row.id, {"name": f"{row.name[:-8]}00000000"})
    twilio.made[0]["friendly_name"] = "somebody's"
    twilio.approvals[sid]["name"] = "of_other_words"
    await push(database, twilio, "nudge")
    assert len(twilio.made) == 2
    assert standing(database) == [("nudge", "fr", "received", "")]


async def test_another_name_of_the_association_needs_other_templates(
    database: Database, twilio: ContentApi
) -> None:
    await push(database, twilio, "nudge")
    await push(database, twilio, "nudge", association="Les Mots")
    assert len({one["friendly_name"] for one in twilio.made}) == 2


async def test_a_state_newer_than_us_is_not_sent(
    database: Database, twilio: ContentApi, capsys: pytest.CaptureFixture[str]
) -> None:
    await push(database, twilio, "nudge")
    (sid,) = twilio.approvals
    twilio.decides(sid, "in_appeal")
    await sync(database, twilio)
    assert standing(database) == [("nudge", "fr", "disabled", "in_appeal")]


async def test_wrong_account_says_which_settings(database: Database, twilio: ContentApi) -> None:
    with pytest.raises(Rejected, match="CARNET_TWILIO_AUTH_TOKEN"):
        await push(database, twilio, twilio_auth_token="wrong")


async def test_what_twilio_refuses_is_told_in_its_words(
    database: Database, twilio: ContentApi
) -> None:
    twilio.fail_next("create", 400, code=20001, detail="Body is odd")
    with pytest.raises(Rejected, match=r"20001.*Body is odd"):
        await push(database, twilio)


# -- in a terminal --------------------------------------------------------------------------------


def test_list_shows_each_step_and_language_and_what_is_missing(terminal: Terminal) -> None:
    said = terminal.carnet("templates", "list", "--format", "json")
    assert said.code == 0
    assert {(one["step"], one["language"]) for one in said.json if one["language"]} == {
        (one.step, one.language) for one in drafts(HERE)
    }
    assert {one["step"] for one in said.json if not one["language"]} == set(WITHOUT)
    assert {one["state"] for one in said.json} == {"pas soumis", ""}
    few = terminal.carnet("templates", "list", "--step", "nudge", "--language", "tr")
    assert "à soumettre : carnet templates push" in few.out
    assert "0 modèles sur 1 peuvent partir." in few.out


def test_list_tells_approved_from_listed_by_hand_from_of_no_use(terminal: Terminal) -> None:
    sid = "HX" + "0123456789abcdef" * 2
    registry = terminal.file("templates.toml", f'[nudge]\nfr = "{sid}"\n'.encode())
    (old,) = (one for one in drafts("Un autre nom") if (one.step, one.language) == ("moved", "fr"))
    (approved,) = expected("moved", "tr")
    database = terminal.database()
    with database.write() as db:
        for one in (old, approved):
            templates.save(db, one, sid, "UTILITY", State.APPROVED, "", wall_clock())
    database.close()
    said = terminal.carnet(
        "templates", "list", "--format", "json", CARNET_WHATSAPP_TEMPLATES=registry
    )
    found = {(one["step"], one["language"], one["state"]) for one in said.json}
    assert ("nudge", "fr", "fichier") in found
    assert ("moved", "tr", "approuvé") in found
    assert ("moved", "fr", "ne sert plus") in found
    assert ("moved", "fr", "pas soumis") in found


def test_dry_run_shows_what_would_leave_and_asks_nobody(terminal: Terminal) -> None:
    said = terminal.carnet("templates", "push", "--language", "pt", "--dry-run")
    assert (said.code, said.err) == (0, "")
    assert "invitation pt : à soumettre sous le nom carnet_invitation_pt_" in said.out
    ours = [one.name for one in drafts(HERE) if one.language == "pt"]
    assert [name for name in ours if name not in said.out] == []
    assert f"\n{len(ours)} à soumettre, 0 déjà là, 0 impossibles." in said.out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("push", "--step", "invitations"), "Étape inconnue"),
        (("push", "--language", "klingon"), "Langue inconnue"),
        (("list", "--step", "x"), "Étape inconnue"),
        (("push",), "Il faut un compte Twilio"),
    ],
)
def test_what_is_wrong_is_said_in_french(
    terminal: Terminal, words: tuple[str, ...], answer: str
) -> None:
    said = terminal.carnet("templates", *words)
    assert said.code == 2
    assert answer in said.err


def test_sync_of_nothing_says_what_to_do(terminal: Terminal) -> None:
    said = terminal.carnet("templates", "sync")
    assert (said.code, said.out) == (
        0,
        "Aucun modèle n'a été soumis : carnet templates push.\n",
    )
