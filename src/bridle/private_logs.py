"""What libraries log, without what they quote: before one that logs is used, `quiet` leaves it a level and a name."""

from __future__ import annotations

import logging

from bridle.private import debugging, fault


class Named(logging.Formatter):
    """A record by its level, its logger, and the kind and the place of its exception."""

    def format(self, record: logging.LogRecord) -> str:
        said = f"bridle: {record.levelname.lower()} in {record.name.partition('.')[0]}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{said}: {fault(error).said}" if error is not None else said


def quiet() -> None:
    """For every handler that there is by now, and the one for the rest; with `BRIDLE_DEBUG=1` nothing is changed."""
    if debugging():
        return
    logging.basicConfig(level=logging.ERROR)
    known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    for handler in {h for logger in (logging.root, *known) for h in logger.handlers}:
        handler.setFormatter(Named())
