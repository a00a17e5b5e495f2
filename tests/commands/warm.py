"""Runs `carnet` in processes of its own, without reading every library anew each time.

One process imports what commands import and waits. For each command it forks: the child has its own
folder, environment, standard streams and exit code, as a command typed in a terminal has. Only the
second of importing is spared. Unix alone can fork; elsewhere each command starts from nothing.
"""

from __future__ import annotations

import atexit
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

LIBRARIES = (
    "alembic.command",
    "bot.app",
    "bot.channels.telegram",
    "bot.channels.twilio",
    "bot.cli",
    "sqlalchemy.dialects.sqlite",
)


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], typed: str
) -> tuple[int, str, str]:
    """Run one command in `folder`; give its exit code and what it wrote."""
    with tempfile.TemporaryDirectory() as desk:
        streams = [Path(desk) / name for name in ("in", "out", "err")]
        streams[0].write_text(typed, encoding="utf-8")
        request = {
            "words": list(words),
            "folder": str(folder),
            "environment": dict(environment),
            "streams": [str(path) for path in streams],
        }
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        out, err = (path.read_text(encoding="utf-8") for path in streams[1:])
        return code, out, err


@cache
def _server() -> subprocess.Popen[str]:
    """The process that waits, until its standard input closes."""
    server = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "tests.commands.warm"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
    )
    atexit.register(server.communicate)
    return server


def _serve() -> None:
    for name in (*LIBRARIES, *_commands()):
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _obey(request)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _commands() -> list[str]:
    import bot.commands

    found = pkgutil.iter_modules(bot.commands.__path__, "bot.commands.")
    return [one.name for one in found]


def _obey(request: dict[str, Any]) -> NoReturn:
    """Become the command; never return."""
    code = 1
    try:
        os.chdir(request["folder"])
        os.environ.clear()  # noqa: TID251 - a process of its own, with what it was given
        os.environ.update(request["environment"])  # noqa: TID251
        _take_streams(request["streams"])
        sys.argv = ["carnet", *request["words"]]
        code = _main()
    except BaseException:  # noqa: BLE001 - told where the test looks, as the interpreter does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _take_streams(paths: Sequence[str]) -> None:
    """Put these files in the place of our own standard streams, under the objects that use them."""
    flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)
    for number, (path, flag) in enumerate(zip(paths, flags, strict=True)):
        os.dup2(os.open(path, flag), number)


def _main() -> int:
    from bot.cli import main

    try:
        main()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    return 0


if __name__ == "__main__":
    _serve()
