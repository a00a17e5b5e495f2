"""`carnet serve`: everything in one process."""

from __future__ import annotations

import gc
import logging
import sys
from typing import Any

import structlog
import uvicorn

from bot.app import build, web_app
from bot.settings import Settings
from bot.traces import trace_of


def run_serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve until interrupted."""
    configure_log()
    carnet = build(settings)
    app = web_app(carnet, jobs=settings.jobs)
    gc.collect()
    gc.freeze()  # what was imported stays: the collector need not walk it again and again
    uvicorn.run(
        app,
        host=host or settings.host,
        port=port or settings.port,
        log_level="warning",
        log_config=None,  # its own would print what an error held
        access_log=False,  # addresses hold private link tokens
    )


class Traces(logging.Formatter):
    """Says what an error was and where, never what it held: that may be what a family wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name for it
        """Give one line in place of the traceback and its values."""
        return trace_of(ei[1])


def configure_log() -> None:
    """One JSON line per event, ids only, to standard error; libraries' errors without values."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Traces("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(lambda info: trace_of(info[1])),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
