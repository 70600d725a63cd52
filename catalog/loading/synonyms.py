"""Reads groups of synonyms from a JSON file: ``[{"name": "sofa", "terms": ["sofa", "couch"]}, …]``."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from catalog.models import SynonymGroup
from redismart.loading.problems import LoadError

GROUPS = TypeAdapter(list[SynonymGroup])


def read(path: Path) -> list[SynonymGroup]:
    """The groups of a file. Raises ``LoadError`` when any of them is wrong: synonyms work as a whole."""
    try:
        groups = GROUPS.validate_json(path.read_bytes())
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "the file"
        raise LoadError(f"{path}: {where}: {fault['msg']}. Nothing was changed.") from None
    if repeated := _repeated([group.name for group in groups]):
        raise LoadError(f"{path} has two groups named {repeated}: join them. Nothing was changed.")
    return groups


def changed(groups: Sequence[SynonymGroup]) -> list[SynonymGroup]:
    """The groups that are not stored like this yet: putting one to work makes Redis go over all products."""
    stored = SynonymGroup.find_many([group.name for group in groups])
    return [group for group, known in zip(groups, stored, strict=True) if known is None or known.terms != group.terms]


def _repeated(names: list[str]) -> str:
    return next((name for position, name in enumerate(names) if name in names[:position]), "")
