"""Times that a clock which was wrong has left too far ahead."""

from __future__ import annotations

from sqlalchemy import Connection, case, update

from connectors.service.poller import JITTER, LONGEST_PAUSE
from connectors.service.readings import LONGEST_INTERVAL
from connectors.service.tables import deliveries, readings, subscriptions


def bring_near(rows: Connection, now: float, longest_wait: float) -> None:
    """Makes due at once what is due later than can be: polls, and deliveries, which wait for `longest_wait` seconds."""
    for table in (subscriptions, readings):
        rows.execute(update(table).where(table.c.interval > LONGEST_INTERVAL).values(interval=LONGEST_INTERVAL))
    usual = (readings.c.failures == 0) & (readings.c.state != "leaving")
    interval = readings.c.interval
    longest = case((usual | (interval > LONGEST_PAUSE), interval), else_=LONGEST_PAUSE) * (1 + JITTER)
    rows.execute(update(readings).where(readings.c.next_at > now + longest).values(next_at=now))
    rows.execute(update(deliveries).where(deliveries.c.due_at > now + longest_wait).values(due_at=now))
