"""`carnet event media` and `carnet campaign media`, run as people run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.terminal import Terminal
from tests.recordings import ogg, photo


@pytest.fixture
def town(terminal: Terminal) -> Terminal:
    """One workshop in a week."""
    assert terminal.furnish(days=7) == 1
    return terminal


def file_of(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "note"
    path.write_bytes(data)
    return str(path)


def test_voice_and_picture_are_added_listed_and_removed(town: Terminal, tmp_path: Path) -> None:
    nothing = town.carnet("event", "media", "1")
    assert (nothing.code, nothing.out.strip()) == (0, "Ni note vocale ni image.")
    voice = file_of(tmp_path, ogg(65))
    added = town.carnet("event", "media", "1", "--language", "ar", "--file", voice)
    assert "arabe : note vocale, 1 min 5 s" in added.out
    picture = file_of(tmp_path, photo(640, 480))
    both = town.carnet(
        "event", "media", "1", "--language", "fr", "--file", picture, "--format", "json"
    )
    assert [(one["language"], one["kind"]) for one in both.json] == [
        ("ar", "voice"),
        ("fr", "picture"),
    ]
    left = town.carnet("event", "media", "1", "--language", "ar", "--remove")
    assert left.out.strip() == "français : image, 480 sur 640"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("event", "media", "9"), "Aucun événement ne porte le numéro 9."),
        (("campaign", "media", "9"), "Aucune annonce ne porte le numéro 9."),
        (("event", "media", "1", "--file", "x"), "Dites pour quelle langue"),
        (("event", "media", "1", "--language", "ar"), "Dites quel fichier"),
        (("event", "media", "1", "--language", "ar", "--file", "nowhere"), "Fichier illisible"),
        (("event", "media", "1", "--language", "ar", "--remove"), "rien à retirer"),
    ],
)
def test_what_cannot_be_done_is_said(town: Terminal, words: tuple[str, ...], says: str) -> None:
    said = town.carnet(*words)
    assert said.code != 0
    assert says in " ".join(said.err.split())


def test_file_that_cannot_be_sent_is_refused(town: Terminal, tmp_path: Path) -> None:
    long = file_of(tmp_path, ogg(180))
    said = town.carnet("event", "media", "1", "--language", "fr", "--file", long)
    assert said.code != 0
    assert "Le fichier dure 3 min : deux minutes au plus." in " ".join(said.err.split())
