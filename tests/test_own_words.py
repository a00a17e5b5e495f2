"""What leaves of the team's own words: by who has read them, and whether they still agree."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.errors import Rejected
from bot.events import NewEvent, Wording, add_event
from bot.messages import About, Texts, say
from bot.own_words import NotTheSame, Words, approve, open_review, review_of, save
from bot.repeats import Repeat, repeat_event
from bot.storage import campaigns as stored_campaigns
from bot.storage.database import Database
from bot.storage.events import texts_of
from bot.storage.own_words import written
from bot.storage.says import dump_say, load_say
from bot.storage.schema import migrate
from bot.storage.tables import campaign_texts, campaigns, centres, event_texts
from bot.wording import HELD, STALE, worded

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TITLES = {"fr": "Atelier à 14 h", "tr": "Saat 14:00'te atölye"}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'carnet.db'}", durable=False)
    migrate(database)
    with database.write() as db:
        db.execute(
            insert(centres).values(
                id=1, name="Les Tilleuls", opens_at=time(9), closes_at=time(19), quiet_days=[7],
                created_at=NOW,
            )
        )  # fmt: skip
    return database


def texts(
    *, drafts: AbstractSet[str] = frozenset(), doubtful: AbstractSet[str] = frozenset()
) -> Texts:
    known = {one: text for one, text in TITLES.items() if one not in doubtful}
    return Texts("fr", known, frozenset(drafts), frozenset(doubtful))


def test_a_draft_of_the_team_leaves_where_the_centre_lets_drafts_leave() -> None:
    told = worded([say("{text}", text=texts(drafts={"tr"}))], "tr", drafts=True)
    assert (told.text, told.gap) == (TITLES["tr"], "")


def test_a_draft_of_the_team_is_held_back_where_the_centre_holds_drafts() -> None:
    told = worded([say("{text}", text=texts(drafts={"tr"}))], "tr", drafts=False)
    assert (told.text, told.gap) == (TITLES["fr"], HELD)
    read = worded([say("{text}", text=texts())], "tr", drafts=False)
    assert (read.text, read.gap) == (TITLES["tr"], "")


def test_what_says_something_else_by_now_gives_way_to_the_original_with_the_call_offered() -> None:
    told = worded([say("{text}", text=texts(doubtful={"tr"}))], "tr")
    assert (told.text, told.language, told.gap) == (TITLES["fr"], "tr", STALE)
    within = say("{text}", text=say("{text}", text=texts(doubtful={"tr"})))
    assert worded([within], "tr").gap == STALE
    assert worded([within], "ar").gap == ""


@pytest.mark.parametrize("marks", [{}, {"drafts": {"tr"}}, {"doubtful": {"tr"}}])
def test_what_is_known_of_texts_rests_with_them(marks: dict[str, set[str]]) -> None:
    saying = say("{text}", text=texts(**marks))
    assert load_say(dump_say(saying)) == saying


def event(database: Database) -> int:
    new = NewEvent(
        kind="workshop",
        centre_id=1,
        on=date(2026, 12, 3),
        at=time(14),
        place="Salle bleue",
        wordings={one: Wording(title) for one, title in TITLES.items()},
    )
    with database.write() as db:
        return add_event(db, new, NOW)


def test_a_repeated_event_keeps_who_has_read_its_words(database: Database) -> None:
    event_id = event(database)
    with database.write() as db:
        token = open_review(db, About(event_id), "tr", 1, NOW)
        found = review_of(db, token, NOW)
        assert found is not None
        approve(db, token, Words(TITLES["tr"]), "Selin", found.mark, NOW)
        added = repeat_event(db, event_id, Repeat("week", date(2026, 12, 11)), NOW)
        [(_, again)] = added
        own = written(db, About(again))[1]
        assert (own.state, own.reviewed_by, own.of_title) == ("reviewed", "Selin", TITLES["fr"])
        assert texts_of(db, [again])[again][0].drafts == frozenset()


def test_a_translation_knows_the_original_that_it_was_written_with(database: Database) -> None:
    event_id = event(database)
    with database.read() as db:
        assert [one.of_title for one in written(db, About(event_id))] == [None, TITLES["fr"]]


def test_an_announcement_is_kept_to_the_same_rules(database: Database) -> None:
    with database.write() as db:
        db.execute(
            insert(campaigns).values(
                id=5, centre_id=1, kind="announcement", on=date(2026, 12, 3), at=time(10),
                ends_on=date(2026, 12, 6), audience={}, created_at=NOW,
            )
        )  # fmt: skip
        db.execute(
            insert(campaign_texts).values(
                campaign_id=5, language="fr", original=True, title="Fermé", body="Ouvert à 14 h."
            )
        )
        about = About(campaign_id=5)
        with pytest.raises(NotTheSame, match="14 h"):
            save(db, about, "tr", Words("Kapalı", "Saat 4'te açık."))
        save(db, about, "tr", Words("Kapalı", "Saat 14:00'te açık."))
        _, body = stored_campaigns.texts(db, 5)
        assert body is not None
        assert body.in_language("tr") == "Saat 14:00'te açık."
        db.execute(
            update(campaign_texts).where(campaign_texts.c.original).values(body="Ouvert à 15 h.")
        )
        _, body = stored_campaigns.texts(db, 5)
        assert body is not None
        assert (body.in_language("tr"), body.doubtful) == ("Ouvert à 15 h.", frozenset({"tr"}))


def test_a_place_keeps_the_name_that_stands_on_its_door(database: Database) -> None:
    event_id = event(database)
    with database.write() as db:
        db.execute(
            update(event_texts).where(event_texts.c.original).values(notes="Entrez par Salle bleue")
        )
        about = About(event_id)
        with pytest.raises(NotTheSame, match="« Salle bleue », écrit comme en français"):
            save(db, about, "tr", Words(TITLES["tr"], "Mavi salondan girin"))
        save(db, about, "tr", Words(TITLES["tr"], "Salle bleue kapısından girin"))


def test_a_link_is_for_words_that_exist(database: Database) -> None:
    event_id = event(database)
    with database.write() as db:
        with pytest.raises(Rejected, match="Écrivez d'abord"):
            open_review(db, About(event_id), "ar", 1, NOW)
        token = open_review(db, About(event_id), "tr", 1, NOW)
        assert review_of(db, token, NOW + timedelta(days=7)) is None
