"""Every document that has a search index, whichever app it belongs to."""

from collections.abc import Callable, Iterator

from redismart.redis import indexes, replies
from redismart.redis.documents import Document


def documents() -> list[type[Document]]:
    """The searched documents of the installed apps, by the alias of their index."""
    found = {kind.search_index.alias: kind for kind in _subclasses(Document) if kind.search_index is not None}
    return [found[alias] for alias in sorted(found)]


def ensure(
    document: type[Document], *, region: str | None = None, progress: Callable[[float], None] = lambda _done: None
) -> bool:
    """Make sure that the document's index exists and is complete; returns whether it had to be built.

    On the node of this process's region, unless another is named.
    """
    if document.search_index is None:
        return False
    client = document.db(region=region)
    return indexes.ensure(client, document.search_index, created=document.index_created, progress=progress)


def count(document: type[Document], *, region: str | None = None) -> int:
    """How many of the documents the index holds."""
    if document.search_index is None:
        return 0
    client = document.db(region=region)
    return replies.total(client.execute_command("FT.SEARCH", document.search_index.alias, "*", "LIMIT", 0, 0))


def _subclasses(kind: type[Document]) -> Iterator[type[Document]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
