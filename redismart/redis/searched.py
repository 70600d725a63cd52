"""Everything that has a search index, whichever app it belongs to: documents, and hashes that scripts write."""

from collections.abc import Callable, Iterator

from redismart.redis import connections, indexes, replies
from redismart.redis.documents import Document
from redismart.redis.indexes import Index
from redismart.redis.topology import REGIONAL

_of_hashes: dict[str, tuple[str, Index]] = {}


def register(app: str, index: Index) -> None:
    """Have an index of an app's hashes made wherever those of documents are. Apps do so when they get ready."""
    _of_hashes[index.alias] = (app, index)


def of_hashes() -> list[tuple[str, Index, str]]:
    """App, index and region of every index of hashes: in a regional app each region has its own."""
    regions = connections.topology().regions
    here = (connections.topology().region,)
    return [
        (app, index, region) for app, index in _of_hashes.values() for region in (regions if app in REGIONAL else here)
    ]


def ensure_of_hashes() -> None:
    """Make sure that every index of hashes exists and is complete."""
    for app, index, region in of_hashes():
        indexes.ensure(connections.client(app, region=region), index)


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
