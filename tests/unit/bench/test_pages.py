"""The mix of pages."""

from collections import Counter

from bench import pages
from bench.pages import MIX, ROUND, Kind

KINDS = [Kind(name, tuple(f"/{name}/{number}" for number in range(7))) for name in ("wide", *MIX)]


def test_the_shares_of_the_mix_add_up_to_a_whole_round() -> None:
    assert sum(MIX.values()) == ROUND


def test_every_kind_is_visited_in_its_share() -> None:
    mixed = pages.mixture(KINDS)
    visits = Counter(address.split("/")[1] for address in mixed)
    assert {name: count / len(mixed) for name, count in visits.items()} == {
        name: share / ROUND for name, share in MIX.items()
    }


def test_every_address_of_a_kind_in_the_mix_is_visited() -> None:
    mixed = set(pages.mixture(KINDS))
    assert all(address in mixed for kind in KINDS if kind.name in MIX for address in kind.addresses)


def test_the_mix_is_the_same_in_every_run_and_not_in_blocks() -> None:
    mixed = pages.mixture(KINDS)
    assert mixed == pages.mixture(KINDS)
    kinds = [address.split("/")[1] for address in mixed]
    assert len(set(kinds[:ROUND])) == len(MIX)
