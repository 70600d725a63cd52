"""Icons and tints: which drawing of the sprite stands for what. Pure."""

import re
import zlib
from functools import lru_cache

SHORTEST_STEM = 4
WORD = re.compile(r"\w+")
TINTS = 8
PLAIN = "bag"

# Read in this order: the first icon with a telling word wins, so narrow ones stand before wide ones.
TELLING_WORDS = {
    "headphones": "headphone earbud audio speaker sound",
    "camera": "camera photo lens drone",
    "phone": "phone cell mobile smartphone wearable",
    "laptop": "laptop computer tablet pc electronics office monitor display keyboard",
    "tv": "tv television theater video movie film",
    "game": "game gaming console playstation xbox nintendo",
    "watch": "watch jewelry jewellery clock",
    "shoe": "shoe footwear sneaker boot",
    "shirt": "clothing apparel fashion shirt wear dress men women luggage",
    "sofa": "furniture sofa chair bed living bedroom table homedecor decor",
    "lamp": "lamp light lighting home household decoration",
    "pot": "kitchen cook pot pan housewares appliance grill dining",
    "fruit": "grocery groceries food fruit gourmet snack produce drink dispensed",
    "ball": "sport outdoor ball fitness exercise bike travel",
    "toy": "toy play hobby party craft baby kid child",
    "book": "book magazine stationery read",
    "music": "music instrument guitar piano vinyl cd",
    "car": "car auto automotive vehicle motor",
    "wrench": "tool wrench hardware diy improvement industrial scientific components cable",
    "drop": "beauty care cosmetic fragrance health skin",
    "leaf": "garden plant patio lawn floral flower",
    "paw": "pet dog cat animal",
}


@lru_cache(maxsize=4_096)
def icon_for(subject: str) -> str:
    """The icon that stands for a category by the words of its name; a shopping bag for any other."""
    words = WORD.findall(subject.lower())
    return next((icon for icon, telling in TELLING_WORDS.items() if _tells(telling, words)), PLAIN)


@lru_cache(maxsize=4_096)
def tint_of(subject: str) -> int:
    """A number from 0 to 7, always the same for a subject: which soft colour stands behind it."""
    return zlib.crc32(subject.lower().encode()) % TINTS


def _tells(telling: str, words: list[str]) -> bool:
    return any(_means(word, told) for told in telling.split() for word in words)


def _means(word: str, told: str) -> bool:
    """The word itself, its plural, or a longer form of a word that is not too short to be chance."""
    return word in (told, f"{told}s") or (len(told) >= SHORTEST_STEM and word.startswith(told))
