"""Catalogue work behind the pages."""

import time

from celery import shared_task

from catalog import branches, missed, operations, sales, wording
from catalog.facets import CountQuery, Facet
from redismart.orders import order

REMEMBER_SECONDS = 10.0
WANTED_SECONDS = 60
"""An order that has waited longer is dropped: its page has long given up asking."""

EDITING_SECONDS = 45.0
BROWSING_MIN_AGE_SECONDS = 300
MOST_REMEMBERED = 10_000
_ordered: dict[str, float] = {}


@shared_task
def prepare_counts(*, query: str, params: list[str], group_by: str, answers: list[str]) -> None:
    """Make the exact facet counts of a wide query ready."""
    facets = tuple(Facet(name) for name in answers)
    operations.prepare_counts(query=CountQuery(query, tuple(params), group_by, facets))


@shared_task
def rebuild_suggestions() -> None:
    """Renew the completions when products changed since they were built."""
    operations.rebuild_suggestions_if_stale()


@shared_task
def finish_edits() -> None:
    """Go on with what staff has changed and what takes longer than a page may."""
    branches.finish_moves(seconds=EDITING_SECONDS)
    wording.forget_synonyms()


@shared_task
def prepare_browsing() -> None:
    """Keep the facet counts of what everybody opens up to date."""
    operations.prepare_browsing(min_age=BROWSING_MIN_AGE_SECONDS)


@shared_task
def follow_sales() -> None:
    """Have popularity follow what was sold."""
    sales.follow()


@shared_task
def note_missed(*, text: str, visitor: str) -> None:
    """Count that a visitor found nothing."""
    missed.note(text=text, visitor=visitor)


def order_note(*, text: str, visitor: str) -> None:
    """Have a search in vain counted; without a broker it is not."""
    if missed.kept(text) is not None:
        order(note_missed, payload={"text": text, "visitor": visitor}, expires=WANTED_SECONDS)


def order_suggestions() -> bool:
    """Have the completions built anew; whether a worker could be asked. The schedule makes up for it when not."""
    operations.forget_suggestions()
    return order(rebuild_suggestions, payload={}, expires=WANTED_SECONDS)


def order_forgetting() -> None:
    """Have searches forget synonyms soon; without a broker the schedule does."""
    order(finish_edits, payload={}, expires=WANTED_SECONDS)


def order_counts(query: CountQuery) -> None:
    """Have counts prepared soon; orders repeated by this process within seconds are left out."""
    now = time.monotonic()
    if now - _ordered.get(query.digest, -REMEMBER_SECONDS) < REMEMBER_SECONDS:
        return
    if len(_ordered) > MOST_REMEMBERED:
        _ordered.clear()
    answers = [facet.value for facet in query.answers]
    payload = {"query": query.query, "params": list(query.params), "group_by": query.group_by, "answers": answers}
    if order(prepare_counts, payload=payload, expires=WANTED_SECONDS):
        _ordered[query.digest] = now
