"""What the admin's first page tells of the vectors of pictures."""

from collections.abc import Callable

from imagesearch import keyspace
from imagesearch.vectors import APP, Space
from redismart.backoffice import dashboard
from redismart.backoffice.dashboard import Figure, Tile, Way
from redismart.redis import replies
from redismart.redis.batch import Batch

VIEW_EMBEDDING = "imagesearch.view_embedding"


def register() -> None:
    embeddings = (Way("Embeddings", "admin:imagesearch_embedding_changelist"),)
    tile = Tile("embeddings", "Failed embeddings", APP, VIEW_EMBEDDING, failed, embeddings, place=60)
    dashboard.register(tile)


def failed(batch: Batch) -> Callable[[], Figure]:
    """Pictures of which the model in use can make no vector, and those that can be found by it."""
    space = Space.active()
    if space is None:
        return lambda: Figure("not yet", "known: the pictures are still being looked at, and photos find nothing")
    aside = batch.add("HLEN", keyspace.set_aside(space.fingerprint), parse=int)
    nothing = ("LIMIT", 0, 0, "TIMEOUT", 0, "DIALECT", 2)
    known = batch.add("FT.SEARCH", keyspace.index(space.fingerprint), "*", *nothing, parse=replies.total)

    def figure() -> Figure:
        lines = (("Found by photo", f"{known.value:,}"), ("Model", space.model))
        told = "picture set aside" if aside.value == 1 else "pictures set aside"
        return Figure(f"{aside.value:,}", told, lines, alarming=aside.value > 0)

    return figure
