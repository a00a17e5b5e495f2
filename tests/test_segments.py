"""Audiences that are kept under a name."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.audience import Attendance, Filter
from bot.errors import Rejected
from bot.segments import (
    Author,
    delete_segment,
    rename_segment,
    save_segment,
    segment,
    segment_called,
    segments,
)
from bot.storage.tables import segments as table
from tests.house import House
from tests.network import Network

CP = Filter(levels=frozenset({"CP"}))
NEVER = Filter(attendance=Attendance(0), tags_none=frozenset({"relais"}))


@pytest.fixture
def network(house: House) -> Network:
    """Three centres, eight families."""
    return Network(house)


def team(network: Network, centre: str | None = "Nord", *, leads: bool = False) -> Author:
    return Author(network.centres[centre] if centre else None, leads)


def save(network: Network, author: Author, name: str, centre: str | None = "Nord") -> int:
    centre_id = network.centres[centre] if centre else None
    with network.house.database.write() as db:
        return save_segment(db, author, name, CP, centre_id, network.house.clock())


def names(network: Network, author: Author) -> list[tuple[str, str, bool]]:
    with network.house.database.read() as db:
        return [(one.centre, one.name, one.mine) for one in segments(db, author)]


def test_what_is_kept_is_found_again_with_its_filter(network: Network) -> None:
    author = team(network)
    with network.house.database.write() as db:
        segment_id = save_segment(
            db, author, "  Jamais   venues ", NEVER, author.centre_id, network.house.clock()
        )
    with network.house.database.read() as db:
        found = segment(db, author, segment_id)
        assert (found.name, found.filter, found.mine) == ("Jamais venues", NEVER, True)
        assert segment_called(db, author, "jamais VENUES").id == segment_id


def test_a_name_is_taken_once_in_a_centre_and_once_in_the_network(network: Network) -> None:
    lead = team(network, None, leads=True)
    for centre in ("Nord", "Sud", None):
        save(network, lead, "CP", centre)
        with pytest.raises(Rejected, match="s'appelle déjà « cp »"):
            save(network, lead, "cp", centre)


@pytest.mark.parametrize(("name", "said"), [("  ", "Donnez un nom"), ("x" * 81, "trop long : 80")])
def test_a_segment_needs_a_name(network: Network, name: str, said: str) -> None:
    with pytest.raises(Rejected, match=said):
        save(network, team(network), name)


def test_a_filter_that_asks_for_nothing_is_not_kept(network: Network) -> None:
    author = team(network)
    with network.house.database.write() as db, pytest.raises(Rejected, match="une condition"):
        save_segment(db, author, "Tous", Filter(), author.centre_id, network.house.clock())


def test_the_network_s_segments_are_kept_by_those_who_lead(network: Network) -> None:
    with pytest.raises(Rejected, match="directions"):
        save(network, team(network), "CP", None)
    segment_id = save(network, team(network, "Sud", leads=True), "CP", None)
    assert names(network, team(network)) == [("", "CP", False)]
    with network.house.database.write() as db:
        with pytest.raises(Rejected, match="tout le réseau"):
            rename_segment(db, team(network), segment_id, "CP du réseau")
        with pytest.raises(Rejected, match="tout le réseau"):
            delete_segment(db, team(network), segment_id)


def test_a_team_neither_sees_nor_changes_another_centre_s_segments(network: Network) -> None:
    segment_id = save(network, team(network, "Sud"), "CP", "Sud")
    assert names(network, team(network)) == []
    assert names(network, team(network, None)) == [("Sud", "CP", True)]
    with pytest.raises(Rejected, match="pour votre centre"):
        save(network, team(network), "CP", "Sud")
    with network.house.database.write() as db:
        with pytest.raises(Rejected, match="n'existe pas"):
            segment(db, team(network), segment_id)
        with pytest.raises(Rejected, match="n'existe pas"):
            delete_segment(db, team(network), segment_id)
        with pytest.raises(Rejected, match="n'existe pas"):
            rename_segment(db, team(network), segment_id, "Pris")


def test_renaming_and_deleting(network: Network) -> None:
    author = team(network)
    first, second = save(network, author, "CP"), save(network, author, "Autres")
    with network.house.database.write() as db:
        rename_segment(db, author, first, "cp")  # its own name, in other letters
        with pytest.raises(Rejected, match="s'appelle déjà"):
            rename_segment(db, author, first, "autres")
        delete_segment(db, author, second)
        rename_segment(db, author, first, "Autres")
    assert names(network, author) == [("Nord", "Autres", True)]


def test_the_centre_s_own_comes_before_the_network_s_of_the_same_name(network: Network) -> None:
    lead = team(network, None, leads=True)
    save(network, lead, "CP", None)
    own = save(network, lead, "CP", "Nord")
    save(network, lead, "CP", "Sud")
    with network.house.database.read() as db:
        assert segment_called(db, team(network), "CP").id == own
        with pytest.raises(Rejected, match="Plusieurs centres ont un public « CP » : Nord, Sud"):
            segment_called(db, lead, "CP")
        with pytest.raises(Rejected, match=r"inconnu : « CM2 ». Publics : CP"):
            segment_called(db, team(network), "CM2")


def test_a_filter_that_cannot_be_read_is_shown_and_refused_when_used(network: Network) -> None:
    author = team(network)
    segment_id = save(network, author, "CP")
    with network.house.database.write() as db:
        db.execute(update(table).values(filter={"shoe_size": 43}))
    with network.house.database.read() as db:
        (one,) = segments(db, author)
        assert "condition inconnue" in one.unread
        with pytest.raises(Rejected, match="condition inconnue"):
            segment(db, author, segment_id)
