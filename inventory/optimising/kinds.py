"""The kinds of proposals, apart from what makes them: pages need no numpy."""

from enum import StrEnum


class Kind(StrEnum):
    """What a proposal is about."""

    REORDER = "reorder"
    SLOW = "slow"
    TRANSFER = "transfer"
