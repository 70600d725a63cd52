"""RediSearch indexes as code: what they hold, and how they come to be without downtime.

An index is named after the digest of its definition and reached through an alias. A changed
definition builds a new index beside the old one and moves the alias once it is complete.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from redis.exceptions import ResponseError

from redismart.redis import replies
from redismart.redis.connections import ShopRedis

POLL_SECONDS = 0.1
UNUSED = "\t"
"""Separates the values of a hash's tag field; no value has one, so that each is one value."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an index: a JSON path, its name in queries, and its type with options."""

    path: str
    name: str
    kind: str
    options: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        return [self.path, "AS", self.name, self.kind, *self.options]


def full_text(path: str, name: str, *, weight: float) -> Field:
    """Stemmed full text; a match counts ``weight`` times."""
    return Field(path, name, "TEXT", ("WEIGHT", str(weight)))


def tag(path: str, name: str) -> Field:
    """An exact value, kept as written and ready to group by."""
    return Field(path, name, "TAG", ("CASESENSITIVE", "SORTABLE", "UNF"))


def exact_tags(path: str, name: str) -> Field:
    """Several exact values; cannot be grouped by, since only the first would count."""
    return Field(path, name, "TAG", ("CASESENSITIVE",))


def folded_tag(path: str, name: str) -> Field:
    """A value matched whatever its case; cannot be grouped by."""
    return Field(path, name, "TAG")


def number(path: str, name: str) -> Field:
    """A number to filter and sort by."""
    return Field(path, name, "NUMERIC", ("SORTABLE",))


def geo(path: str, name: str) -> Field:
    """A place on Earth, written ``longitude,latitude`` in degrees; up to 85.05° north and south."""
    return Field(path, name, "GEO")


def hash_tag(name: str, *, as_name: str = "", folded: bool = False) -> Field:
    """A hash's field as one exact value, commas included; ``folded`` matches whatever its case and cannot be sorted."""
    options = () if folded else ("CASESENSITIVE", "SORTABLE", "UNF")
    return Field(name, as_name or name, "TAG", ("SEPARATOR", UNUSED, *options))


@dataclass(frozen=True, slots=True)
class Index:
    """An index over the documents under ``prefix``, reached as ``alias``.

    They are JSON unless ``kind`` says HASH. Of them only those under one of ``prefixes``, where there are any: keys of
    many hash tags have no beginning in common but that of their app.
    """

    alias: str
    prefix: str
    fields: tuple[Field, ...]
    score_field: str | None = None
    stopwords: tuple[str, ...] = ()
    kind: str = "JSON"
    prefixes: tuple[str, ...] = ()

    def definition(self) -> list[str]:
        """The FT.CREATE arguments after the index name."""
        score = ["SCORE_FIELD", self.score_field] if self.score_field else []
        fields = [argument for field in self.fields for argument in field.arguments()]
        stop = ["STOPWORDS", str(len(self.stopwords)), *self.stopwords]
        prefixes = self.prefixes or (self.prefix,)
        return ["ON", self.kind, "PREFIX", str(len(prefixes)), *prefixes, *score, *stop, "SCHEMA", *fields]

    def versioned_name(self) -> str:
        digest = hashlib.sha256("\0".join(self.definition()).encode()).hexdigest()[:10]
        return f"{self.alias}:{digest}"


def ensure(
    client: ShopRedis,
    index: Index,
    *,
    created: Callable[[str], None] = lambda _name: None,
    progress: Callable[[float], None] = lambda _done: None,
) -> bool:
    """Make sure that the alias leads to an index of this definition, complete.

    Returns whether one had to be built. ``created`` gets the name of an index that is not in use yet, to give it
    what lives in indexes only; ``progress`` gets the indexed share, 0 to 1. Safe to run in several processes at
    once and to run again after an interruption.
    """
    name = index.versioned_name()
    in_use = _target(client, index.alias) == name
    built = _create(client, name, index)
    if not in_use:
        created(name)
    wait_until_complete(client, name, progress=progress)
    client.execute_command("FT.ALIASUPDATE", index.alias, name)
    for old in _versions(client, index) - {name}:
        _drop(client, old)
    return built


def rebuild(client: ShopRedis, index: Index, *, created: Callable[[str], None] = lambda _name: None) -> None:
    """Build an index of the same definition anew, for what can only be added to one: searches use another meanwhile.

    Safe to run again after an interruption; a process that makes sure of the index meanwhile may end it with an error.
    """
    spare = f"{index.versioned_name()}-again"
    if _target(client, index.alias) != spare:
        _drop(client, spare)
        _create(client, spare, index)
        created(spare)
        wait_until_complete(client, spare)
        client.execute_command("FT.ALIASUPDATE", index.alias, spare)
    _drop(client, index.versioned_name())
    ensure(client, index, created=created)


def wait_until_complete(
    client: ShopRedis, name: str, *, progress: Callable[[float], None] = lambda _done: None
) -> None:
    """Wait until an index, named or by its alias, has gone over all documents there are."""
    while True:
        facts = replies.info(client.execute_command("FT.INFO", name))
        if not int(facts["indexing"]):
            progress(1.0)
            return
        progress(float(facts["percent_indexed"]))
        time.sleep(POLL_SECONDS)


def _target(client: ShopRedis, alias: str) -> str | None:
    """The index that an alias leads to, None when there is no such alias."""
    try:
        return str(replies.info(client.execute_command("FT.INFO", alias))["index_name"])
    except ResponseError as error:
        if not _is_unknown(error):
            raise
        return None


def _drop(client: ShopRedis, name: str) -> None:
    """Drop an index; another process may have done so already."""
    try:
        client.execute_command("FT.DROPINDEX", name)
    except ResponseError as error:
        if not _is_unknown(error):
            raise


def _is_unknown(error: ResponseError) -> bool:
    """Whether Redis knows no such index; commands and versions word that differently."""
    return any(told in str(error).lower() for told in ("unknown index", "no such index"))


def _create(client: ShopRedis, name: str, index: Index) -> bool:
    try:
        client.execute_command("FT.CREATE", name, *index.definition())
    except ResponseError as error:
        if "exists" not in str(error).lower():
            raise
        return False
    return True


def _versions(client: ShopRedis, index: Index) -> set[str]:
    names = client.execute_command("FT._LIST")
    return {str(name) for name in names if str(name).startswith(f"{index.alias}:")}
