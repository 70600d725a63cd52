"""The base of every document: a redis-om JsonModel with our connections, codec and indexes.

redis-om gives typed documents, primary keys, key naming and its query language. Three things are ours:
the connection (by app and region, made late), the codec (pydantic's own JSON, five times the speed, and
exact decimals as strings where redis-om writes binary floats), and the index schema (redis-om
cannot express weights, exact tags or a score field; see ``redismart.redis.indexes``).
"""

import abc
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any, ClassVar, Self

import orjson
import structlog
from pydantic import BaseModel, ValidationError
from redis_om import JsonModel

from redismart.redis import connections
from redismart.redis.indexes import Index

MOST_TOLD = 3

log = structlog.get_logger(__name__)


def damage(error: ValueError) -> str:
    """What is wrong with a document, without what stands in it: logs are no place for somebody's address."""
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors(include_input=False, include_url=False, include_context=False)
    told = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix(": ") for each in found[:MOST_TOLD]]
    return "; ".join([*told, *([f"and {len(found) - MOST_TOLD} more"] if len(found) > MOST_TOLD else [])])


class Document(JsonModel, abc.ABC):
    """A JSON document of one app.

    Subclasses set ``app`` (whose node holds them) and, when searched, ``index``.
    """

    app: ClassVar[str]
    search_index: ClassVar[Index | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)

    def __init__(self, **values: Any) -> None:
        # redis-om asks the server for its JSON module here, once per client; our system checks do that.
        BaseModel.__init__(self, **values)

    @classmethod
    def db(cls, *, region: str | None = None) -> connections.ShopRedis:
        """The node that holds the documents, in this process's region unless another is named."""
        return connections.client(cls.app, region=region)

    @classmethod
    def redisearch_schema(cls) -> str:
        """The index definition redis-om's migrator compares; ours when the document has one."""
        if cls.search_index is None:
            return f"ON JSON PREFIX 1 {cls.key_of('')} SCHEMA $.pk AS pk TAG"
        return " ".join(cls.search_index.definition())

    @classmethod
    def index_created(cls, name: str) -> None:
        """Called with the name of a new index of these documents, for what lives in indexes only.

        Documents of a regional app have one on every region's node and cannot use it: it does not say which.
        """

    @classmethod
    def key_of(cls, pk: str) -> str:
        """The Redis key of a primary key. Unlike redis-om's, it leaves braces in ``pk`` alone."""
        return f"{cls._meta.global_key_prefix}:{cls._meta.model_key_prefix}:{pk}"

    @classmethod
    def make_primary_key(cls, pk: Any) -> str:
        return cls.key_of(str(pk))

    def projection(self) -> dict[str, Any]:
        """Values derived for the index and for lists, stored beside the fields; none by default."""
        return {}

    def encoded(self) -> bytes:
        """The document as it is stored: UTF-8 JSON, unknown values left out, with its projection."""
        stored = self.model_dump(mode="json", exclude_none=True, exclude={"pk"})
        return orjson.dumps(stored | self.projection())

    @classmethod
    def decoded(cls, stored: str | bytes) -> Self:
        """A document from its stored JSON."""
        document: Self = cls.model_validate_json(stored)
        return document

    def save(self, pipeline: Any = None, nx: bool = False, xx: bool = False) -> Self | None:
        """Store the document, or queue that on ``pipeline``. None when ``nx`` or ``xx`` forbade it."""
        condition = ["NX"] if nx else ["XX"] if xx else []
        target = self.db() if pipeline is None else pipeline
        reply = target.execute_command("JSON.SET", self.key(), "$", self.encoded(), *condition)
        return None if reply is None else self

    @classmethod
    def find_many(cls, pks: Iterable[str]) -> list[Self | None]:
        """The documents of several primary keys in one round trip, None where there is none."""
        keys = [cls.key_of(pk) for pk in pks]
        stored = cls.db().execute_command("JSON.MGET", *keys, "$") if keys else []
        return [None if value is None else cls.from_path_reply(value) for value in stored]

    @classmethod
    def find_readable(cls, pks: Sequence[str]) -> list[Self]:
        """Those of some documents that are there and valid, in one round trip; damaged ones are logged."""
        keys = [cls.key_of(pk) for pk in pks]
        stored = cls.db().execute_command("JSON.MGET", *keys, "$") if keys else []
        return cls.readable(stored, read=cls.from_path_reply, keys=keys)

    @classmethod
    def readable(
        cls, stored: Iterable[Any], *, read: Callable[[Any], Self] | None = None, keys: Iterable[str] = ()
    ) -> list[Self]:
        """What is there and valid of some stored documents; damaged ones are logged, and take no others with them.

        ``read`` makes a document of each, ``decoded`` unless told; ``keys`` are their names in the log.
        """
        found: list[Self] = []
        for value, key in zip(stored, chain(keys, repeat("")), strict=False):
            try:
                found += [(read or cls.decoded)(value)] if value is not None else []
            except ValueError as error:
                log.warning("document_left_out", kind=cls.__name__, key=key, reason=damage(error))
        return found

    @classmethod
    def from_path_reply(cls, reply: str | bytes) -> Self:
        """A document from a JSON.GET/MGET reply for the path ``$``: a list of one."""
        document: Self = cls.model_validate(orjson.loads(reply)[0])
        return document
