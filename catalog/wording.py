"""The shop's words as staff keeps them: groups of synonyms, and what is never offered as a completion."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from catalog import completions, keyspace, operations
from catalog.models import Product, SynonymGroup
from catalog.suggesting import Phrase
from redismart.redis import editing, indexes


def groups() -> list[SynonymGroup]:
    """All groups of synonyms, by name."""
    return SynonymGroup.find_readable(sorted(SynonymGroup.db().smembers(keyspace.SYNONYM_NAMES)))


def add_group(*, values: Mapping[str, Any]) -> SynonymGroup:
    """Store a new group and put it to work; Redis goes over the products in the background.

    Raises ``redismart.redis.editing.TakenError``, ``pydantic.ValidationError``.
    """
    group: SynonymGroup = SynonymGroup.model_validate(dict(values))
    editing.add(group, pk=group.name)
    SynonymGroup.db().sadd(keyspace.SYNONYM_NAMES, group.name)
    _put_to_work(group)
    return group


def change_group(*, name: str, fields: Iterable[str], since: str, values: Mapping[str, Any]) -> SynonymGroup:
    """Change a group's terms. Raises as ``redismart.redis.editing.change``.

    An index can be told of new synonyms but not to forget any: it is built anew soon, see ``forget_synonyms``.
    """
    token = uuid4().hex

    def store(pipeline: Any, group: SynonymGroup) -> None:
        group.save(pipeline=pipeline)
        pipeline.set(keyspace.SYNONYMS_STALE, token)

    group = editing.change(SynonymGroup, pk=name, fields=fields, since=since, values=values, store=store)
    _put_to_work(group)
    return group


def remove_group(*, name: str) -> None:
    """Delete a group; searches forget it once the index is built anew."""
    pipeline = SynonymGroup.db().pipeline(transaction=True)
    pipeline.set(keyspace.SYNONYMS_STALE, uuid4().hex)
    pipeline.srem(keyspace.SYNONYM_NAMES, name)
    pipeline.delete(SynonymGroup.key_of(name))
    pipeline.execute()


def synonyms_are_stale() -> bool:
    """Whether searches still know synonyms that are no longer any."""
    return bool(SynonymGroup.db().exists(keyspace.SYNONYMS_STALE))


def forget_synonyms() -> bool:
    """Build the products' index anew where it knows too many synonyms; whether that was so. Searches go on."""
    client = Product.db()
    token = client.get(keyspace.SYNONYMS_STALE)
    if token is None or Product.search_index is None:
        return False
    indexes.rebuild(client, Product.search_index, created=Product.index_created)
    client.incr(keyspace.VERSION)
    # Of a change meanwhile the new index may know too little: then once more.
    if client.get(keyspace.SYNONYMS_STALE) == token:
        client.delete(keyspace.SYNONYMS_STALE)
    return True


def blocked() -> list[str]:
    """Texts that are never offered as completions."""
    return sorted(Product.db().smembers(keyspace.BLOCKED))


def block(*, texts: Sequence[str]) -> list[str]:
    """Never offer some texts again: those offered now go at once, and no rebuild brings them back.

    Returns those that were not blocked before.
    """
    pipeline = Product.db().pipeline()
    for text in texts:
        pipeline.sadd(keyspace.BLOCKED, text.casefold())
    pipeline.delete(keyspace.SUGGESTIONS_VERSION)
    *added, _deleted = pipeline.execute()
    _take_back(texts)
    return [text for text, new in zip(texts, added, strict=True) if new]


def unblock(*, texts: Sequence[str]) -> list[str]:
    """Let some texts be offered again, from the next rebuild on. Returns those that were blocked."""
    pipeline = Product.db().pipeline()
    for text in texts:
        pipeline.srem(keyspace.BLOCKED, text.casefold())
    pipeline.delete(keyspace.SUGGESTIONS_VERSION)
    *removed, _deleted = pipeline.execute()
    return [text for text, gone in zip(texts, removed, strict=True) if gone]


def _take_back(texts: Sequence[str]) -> None:
    """Take texts out of the completions in use, with their endings where these lead to them and not to others."""
    unwanted = {text.casefold() for text in texts}
    endings = list(dict.fromkeys(ending for text in texts for ending, _score in Phrase(text, 1.0).endings() if ending))
    asked = Product.db().pipeline()
    for ending in endings:
        asked.execute_command("FT.SUGGET", keyspace.SUGGESTIONS, ending.encode()[:99], "MAX", "1", "WITHPAYLOADS")
    taken = Product.db().pipeline()
    for ending, reply in zip(endings, asked.execute(), strict=True):
        if reply and completions.Suggestion.decoded(reply[1]).text.casefold() in unwanted:
            taken.execute_command("FT.SUGDEL", keyspace.SUGGESTIONS, ending)
    taken.execute()


def _put_to_work(group: SynonymGroup) -> None:
    Product.apply_synonyms(keyspace.PRODUCT_INDEX, [group])
    operations.note_products_changed()
