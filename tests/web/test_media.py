"""The address of a voice note or a picture: signed, for a while, and piece by piece for iPhones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from httpx import Response

from bot.attachments import attach_media
from bot.channels.link import media_of_token, media_token
from bot.messages import About
from bot.storage.database import Database
from bot.web.media import seen_by
from tests.recordings import m4a, mp3, ogg, photo
from tests.web.console_stage import NOW, Stage

KEY = b"k" * 32
FILES = {
    "audio/ogg": ogg(3),
    "audio/mpeg": mp3(3),
    "audio/mp4": m4a(3),
    "image/jpeg": photo(320, 240),
}


@pytest.fixture
def stage(empty_stage: Stage) -> Stage:
    stage = empty_stage
    stage.event("Atelier")
    return stage


def kept(stage: Stage, data: bytes, language: str = "fr") -> int:
    with stage.database.write() as db:
        about = About(event_id=stage.ids["Atelier"])
        return attach_media(db, about, language, data, NOW).media_id


def ask(stage: Stage, media_id: int, wanted: str = "", *, days: int = 1) -> Response:
    token = media_token(KEY, media_id, NOW + timedelta(days=days))
    headers = {"Range": wanted} if wanted else {}
    return stage.stranger().get(f"/m/{token}", **headers)


@pytest.mark.parametrize("mime", FILES)
def test_address_gives_the_file_to_anybody_and_nothing_else(stage: Stage, mime: str) -> None:
    answer = ask(stage, kept(stage, FILES[mime]))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == mime
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["accept-ranges"] == "bytes"
    assert "private" in answer.headers["cache-control"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=10-", 10, None),
        ("bytes=-5", -5, None),
        ("bytes=3-9999999", 3, None),
    ],
)
def test_piece_of_it_is_given_where_one_is_asked_for(
    stage: Stage, wanted: str, first: int, last: int | None
) -> None:
    media_id = kept(stage, mp3(3))
    whole = ask(stage, media_id).content
    answer = ask(stage, media_id, wanted)
    piece = whole[first : None if last is None else last + 1]
    begins = first % len(whole)
    assert (answer.status_code, answer.content) == (206, piece)
    told = f"bytes {begins}-{begins + len(piece) - 1}/{len(whole)}"
    assert answer.headers["content-range"] == told


@pytest.mark.parametrize("wanted", ["bytes=9999999-", "bytes=5-3", "bytes=-0"])
def test_piece_that_is_not_there_is_refused(stage: Stage, wanted: str) -> None:
    assert ask(stage, kept(stage, mp3(3)), wanted).status_code == 416


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b"])
def test_what_is_no_piece_gets_the_whole(stage: Stage, wanted: str) -> None:
    assert ask(stage, kept(stage, mp3(3)), wanted).status_code == 200


def test_address_ends_and_cannot_be_made_up(stage: Stage) -> None:
    media_id = kept(stage, ogg(3))
    assert ask(stage, media_id, days=-1).status_code == 404
    assert ask(stage, media_id + 1).status_code == 404
    token = media_token(KEY, media_id, NOW + timedelta(days=1))
    forged = media_token(b"x" * 32, media_id, NOW + timedelta(days=1))
    later = media_token(KEY, media_id, NOW + timedelta(days=9))[:16] + token[16:]
    for wrong in (forged, later, token[:-1], token + "A", "a", "é" * 38, "=" * 38):
        assert media_of_token(KEY, wrong, NOW) is None
        assert stage.stranger().get(f"/m/{wrong}").status_code == 404


def test_missing_file_is_kept_by_no_cache(stage: Stage) -> None:
    assert ask(stage, 77).headers["cache-control"] == "no-store"


def test_page_of_the_same_day_loads_nothing_twice(stage: Stage) -> None:
    kept(stage, ogg(3), "ar")
    about = About(event_id=stage.ids["Atelier"])
    deployment = stage.app.state.context.deployment

    def seen(database: Database, hours: int, language: str | None) -> str | None:
        with database.read() as db:
            one = seen_by(db, deployment, about, language, NOW + timedelta(hours=hours))
        return one.path if one is not None else None

    assert seen(stage.database, 0, "ar") == seen(stage.database, 10, "ar")
    assert seen(stage.database, 0, "ar") != seen(stage.database, 20, "ar")
    assert seen(stage.database, 0, "fr") is None
    assert seen(stage.database, 0, None) is None
