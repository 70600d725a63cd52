"""What came of some products' pictures."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """Pictures by outcome, and how many products were looked at; ``left`` are pictures for whoever goes on."""

    products: int = 0
    made: int = 0
    copied: int = 0
    kept: int = 0
    removed: int = 0
    set_aside: int = 0
    left: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def outcome(taken: Taken) -> str:
    """In words, for people."""
    counts = Counter({"made": taken.made, "copied": taken.copied, "kept": taken.kept, "removed": taken.removed})
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"{taken.products:,} products looked at; vectors: {told}, {taken.set_aside:,} pictures set aside"
