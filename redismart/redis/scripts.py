"""Lua scripts from files, one operation a file, with the parts they share put in front."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import NoScriptError
from redis.typing import EncodableT


@dataclass(frozen=True, slots=True)
class Script:
    """A script's source and the SHA-1 digest by which Redis knows it once loaded."""

    name: str
    source: str

    @property
    def digest(self) -> str:
        return hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


def read(folder: Path, *, shared: Mapping[str, Sequence[str]]) -> dict[str, Script]:
    """The scripts of a folder by name; ``shared`` names the files put in front of each, in order."""
    return {name: Script(name, _joined(folder, (*fronts, name))) for name, fronts in shared.items()}


def _joined(folder: Path, names: Sequence[str]) -> str:
    # The first line has Redis refuse a script as a whole on a node that is full or read-only: never half of it.
    return "\n".join(("#!lua", *((folder / f"{name}.lua").read_text() for name in names)))


def run(client: Redis, script: Script, *, keys: Sequence[str], arguments: Sequence[EncodableT]) -> Any:
    """Run a script, loaded first where the node does not know it."""
    try:
        return client.evalsha(script.digest, len(keys), *keys, *arguments)
    except NoScriptError:
        return client.eval(script.source, len(keys), *keys, *arguments)
