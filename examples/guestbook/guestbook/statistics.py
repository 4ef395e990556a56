"""How many have signed: counted behind the answer to a visitor, shown from the workers' cache."""

from __future__ import annotations

from typing import NamedTuple

from .extensions import cache, db
from .models import Entry
from .tasks import task

KEY = "statistics"


class Statistics(NamedTuple):
    """entries: how many there are; authors: how many people wrote them."""

    entries: int
    authors: int


def shown() -> Statistics:
    """What was counted last; counted now where nothing is in the cache."""
    found = cache.get(KEY)
    return Statistics(*found) if found else count()


def count() -> Statistics:
    columns = db.func.count(), db.func.count(db.distinct(Entry.author))
    found = Statistics(*db.session.execute(db.select(*columns).select_from(Entry)).one())
    cache.set(KEY, tuple(found))
    return found


count_later = task(count)
