"""What came of the catalogue's pictures, added up for monitors: whoever made them may be gone since."""

from collections.abc import Mapping
from dataclasses import dataclass

from imagesearch import keyspace, vectors

OUTCOMES = ("made", "copied", "removed", "set_aside")
SECONDS, FINGERPRINT = "seconds", "fingerprint"


@dataclass(frozen=True, slots=True)
class Tally:
    """Pictures by outcome since the first, the seconds that took, and the model that was last at it."""

    pictures: Mapping[str, int]
    seconds: float
    fingerprint: str


def add(*, fingerprint: str, pictures: Mapping[str, int], seconds: float) -> None:
    """Add what a model made of some products. One round trip."""
    pipeline = vectors.client().pipeline(transaction=True)
    for outcome in OUTCOMES:
        pipeline.hincrby(keyspace.TALLY, outcome, pictures[outcome])
    pipeline.hincrbyfloat(keyspace.TALLY, SECONDS, seconds)
    pipeline.hset(keyspace.TALLY, FINGERPRINT, fingerprint)
    pipeline.execute()


def read() -> Tally:
    """Everything so far. One round trip."""
    found = vectors.client().hgetall(keyspace.TALLY)
    pictures = {outcome: int(found.get(outcome, 0)) for outcome in OUTCOMES}
    return Tally(pictures, float(found.get(SECONDS, 0.0)), found.get(FINGERPRINT, ""))
