"""`carnet duty`."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from bot.commands.duty import run_list, run_set
from bot.errors import Rejected
from bot.storage.alarms import duty
from bot.storage.tables import staff
from tests.house import CENTRE, House


def colleague(house: House, name: str, role: str = "coordinator") -> None:
    with house.database.write() as db:
        db.execute(
            insert(staff).values(
                email=f"{name.lower()}@example.org",
                name=name,
                role=role,
                centre_id=house.centre(),
                password_hash="-",
                created_at=house.clock(),
            )
        )


def test_duty_is_set_by_address_and_listed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.family(0)
    colleague(house, "Anne")
    colleague(house, "Ben")
    run_list(house.database)
    assert "direction" in capsys.readouterr().out
    run_set(house.database, CENTRE, "Anne@example.org", "ben@example.org", 5, None)
    said = capsys.readouterr().out
    assert "Anne, puis Ben" in said
    assert "Anne n'a pas relié le robot" in said
    with house.database.read() as db:
        assert len(duty(db, house.centre())) == 2
    run_list(house.database)
    listed = capsys.readouterr().out
    assert "Anne" in listed
    assert " 5 " in listed
    assert " 30 " in listed


def test_unknown_address_and_evaluator_are_refused(house: House) -> None:
    house.family(0)
    colleague(house, "Eva", "evaluator")
    for address in ("nobody@example.org", "eva@example.org"):
        with pytest.raises(Rejected, match="carnet staff add"):
            run_set(house.database, CENTRE, address, None, None, None)
