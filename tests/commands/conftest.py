"""A terminal in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Nothing is set and nothing is stored yet."""
    return Terminal(tmp_path)
