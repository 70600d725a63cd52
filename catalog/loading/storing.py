"""Stores batches of documents while the next are being prepared.

What the shop has of a batch is asked for at once, and the writing happens in threads: waiting for Redis frees
the interpreter, so this process and Redis work side by side. Two batches are under way at a time, so that Redis
has the next one at hand while the replies of the last are read; they never hold the same product, so which
of them comes first does not matter.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from catalog import by_sku, operations
from catalog.loading.documents import Document
from catalog.loading.progress import Tally
from catalog.models import Category, Review

UNDER_WAY = 2
MOST_WAITING = 3
"""Batches that are being stored or wait for it: enough that Redis always has work, few enough for memory."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is stored together, and what to do once it and all batches before it are."""

    documents: Sequence[Document]
    categories: Mapping[str, Category]
    stored: Callable[[Tally], None]

    @property
    def skus(self) -> set[str]:
        return {document.sku for document in self.documents}


@dataclass(slots=True)
class _Changes:
    """What of a batch has to be written."""

    products: list[tuple[str, bytes]] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


class Storer:
    """Stores batches in the background. A context manager."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=UNDER_WAY, thread_name_prefix="storer")
        self._waiting: deque[tuple[Batch, Future[Tally]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def submit(self, batch: Batch) -> None:
        """Queue a batch; waits while too many are queued. Raises what storing an earlier one raised."""
        if any(batch.skus & waiting.skus for waiting, _ in self._waiting):
            # What the shop has of these products is only now being written.
            self.drain()
        self._waiting.append((batch, self._threads.submit(_store, batch.categories, _changes(batch.documents))))
        while len(self._waiting) > MOST_WAITING:
            self._finish_oldest()

    def drain(self) -> None:
        """Wait until everything is stored. Raises what storing raised."""
        while self._waiting:
            self._finish_oldest()

    def _finish_oldest(self) -> None:
        batch, future = self._waiting.popleft()
        batch.stored(future.result())


def _changes(documents: Sequence[Document]) -> _Changes:
    """The documents that differ from what the shop has."""
    known = by_sku.load_marks(skus=[document.sku for document in documents])
    changed = [document for document in documents if known.get(document.sku, ("", ""))[0] != document.digest]
    now = datetime.now(UTC)
    changes = _Changes(tally=Tally(unchanged=len(documents) - len(changed)))
    for document in _with_their_pictures(changed, known):
        _digest, since = known.get(document.sku, ("", ""))
        known_since = datetime.fromisoformat(since) if since else None
        changes.products.append((document.sku, document.encoded(known_since=known_since, now=now)))
        changes.reviews += document.review_documents(now=now)
        changes.tally.updated += bool(since)
        changes.tally.created += not since
    return changes


def _with_their_pictures(documents: Sequence[Document], known: Collection[str]) -> Iterator[Document]:
    """The documents; those whose rows say nothing of pictures with the ones that their products have."""
    silent = [document.sku for document in documents if document.with_pictures and document.sku in known]
    kept = by_sku.pictures(skus=silent)
    for document in documents:
        pictures = kept.get(document.sku, ())
        yield document.with_pictures(pictures) if document.with_pictures and pictures else document


def _store(categories: Mapping[str, Category], changes: _Changes) -> Tally:
    if categories:
        operations.save_categories(categories=list(categories.values()), overwrite=False)
    # Before the products: their digests then say that the reviews are there too.
    if changes.reviews:
        operations.save_reviews(reviews=changes.reviews, overwrite=False)
    operations.save_encoded(documents=changes.products)
    return changes.tally
