"""The stage that the tests of the console play on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.console_stage import Stage, furnish, open_stage


@pytest.fixture
def empty_stage(tmp_path: Path) -> Iterator[Stage]:
    """Two centres and their teams, no family."""
    stage = open_stage(tmp_path)
    yield stage
    stage.database.close()


@pytest.fixture
def stage(empty_stage: Stage) -> Stage:
    """The same, with families, events and messages."""
    furnish(empty_stage)
    return empty_stage
