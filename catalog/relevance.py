"""How good the ranking is, measured against human judgments. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

RELEVANT = 2
"""Gains from here on count as relevant: on the scale 3 exact, 2 substitute, 1 complement, 0 irrelevant."""

HIGHEST = 10
"""Gains above this would outweigh everything else: the scale is another."""

CUT = 10
DEPTH = 100


class JudgmentError(ValueError):
    """A line is no judged query; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One query with the gain of each judged product, by SKU."""

    query: str
    gains: Mapping[str, int]

    @property
    def relevant(self) -> set[str]:
        """The SKUs of its relevant products."""
        return {sku for sku, gain in self.gains.items() if gain >= RELEVANT}

    @property
    def answerable(self) -> bool:
        return bool(self.relevant)


def judged(line: bytes | str) -> Judged:
    """A judged query from its line: ``{"query": …, "judgments": [{"id": SKU, "gain": 0 to 3}, …]}``.

    Raises ``JudgmentError``.
    """
    try:
        facts = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise JudgmentError(f"is not JSON ({error})") from None
    if not isinstance(facts, dict) or not isinstance(facts.get("query"), str) or not facts["query"].strip():
        raise JudgmentError('needs a text "query"')
    told = facts.get("judgments")
    if not isinstance(told, list):
        raise JudgmentError('needs "judgments", a list of {"id": SKU, "gain": number}')
    return Judged(facts["query"], dict(_judgment(one) for one in told))


def _judgment(told: Any) -> tuple[str, int]:
    if not isinstance(told, dict) or not isinstance(told.get("id"), str):
        raise JudgmentError('has a judgment without an "id"')
    gain = told.get("gain")
    if not isinstance(gain, int) or isinstance(gain, bool) or not 0 <= gain <= HIGHEST:
        raise JudgmentError(f'has a "gain" that is no whole number from 0 to {HIGHEST} ({told["id"]})')
    return told["id"], gain


@dataclass(frozen=True, slots=True)
class Quality:
    """Scores of a ranking, 0 to 1."""

    ndcg: float
    precision: float
    recall: float

    @classmethod
    def mean(cls, parts: Sequence["Quality"]) -> "Quality":
        count = max(len(parts), 1)
        return cls(
            sum(part.ndcg for part in parts) / count,
            sum(part.precision for part in parts) / count,
            sum(part.recall for part in parts) / count,
        )


def quality(judged: Judged, ranking: Sequence[str]) -> Quality:
    """nDCG@10 with gain 2^g - 1 (Burges et al. 2005), precision@10 and recall@100."""
    relevant = judged.relevant
    found = relevant.intersection(ranking[:DEPTH])
    top = relevant.intersection(ranking[:CUT])
    return Quality(_ndcg(judged.gains, ranking), len(top) / CUT, len(found) / max(len(relevant), 1))


def _ndcg(gains: Mapping[str, int], ranking: Sequence[str]) -> float:
    ideal = _discounted(sorted(gains.values(), reverse=True)[:CUT])
    return _discounted([gains.get(sku, 0) for sku in ranking[:CUT]]) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum((2**gain - 1) / math.log2(position + 2) for position, gain in enumerate(gains))
