"""The machine's own zone plays no part: three servers far apart write the same log, to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVERS = {"UTC": "+0000", "Asia/Tokyo": "+0900", "America/Los_Angeles": "-0800"}


def told(zone: str, folder: Path) -> subprocess.Popen[bytes]:
    """Let a server in `zone` tell the story."""
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.scenarios.elsewhere", str(folder)],
        cwd=ROOT,
        env={**os.environ, "TZ": zone},  # noqa: TID251 - a child's own
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_plan_gate_dispatch_and_rehearsal_are_the_same_on_every_server(tmp_path: Path) -> None:
    folders = {zone: tmp_path / zone.replace("/", "-") for zone in SERVERS}
    running = {zone: told(zone, folder) for zone, folder in folders.items()}
    ends = {zone: one.communicate(timeout=180) for zone, one in running.items()}
    assert {one.returncode for one in running.values()} == {0}, ends["UTC"][1].decode()
    offsets = {zone: said.decode()[-5:] for zone, (said, _) in ends.items()}
    assert offsets == SERVERS, "the machine did not move"
    logs = {(folder / "story.txt").read_bytes() for folder in folders.values()}
    assert len(logs) == 1
    text = logs.pop().decode()
    for step in ("invitation", "nudge", "reminder", "morning", "survey"):
        assert f"'{step}'" in text, step
    assert text.count("\nphone ") > 20
    assert text.startswith("rehearsed ")
