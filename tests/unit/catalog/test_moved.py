"""Where the addresses lead that categories had."""

from hypothesis import given
from hypothesis import strategies as st

from catalog import moved
from catalog.moved import Forwarding, Known

SLUGS = st.sampled_from(["a", "b", "c", "d", "a/x", "b/x"])


def after(*steps: dict[str, str]) -> Known:
    known: Known = {}
    for now, moves in enumerate(steps):
        known = moved.moved(known, moves, now=now)
    return known


def test_an_address_leads_straight_to_where_its_category_is_now() -> None:
    assert after({"a": "b", "a/x": "b/x"}, {"b": "c", "b/x": "c/x"}) == {
        "a": Forwarding("c", 0),
        "a/x": Forwarding("c/x", 0),
        "b": Forwarding("c", 1),
        "b/x": Forwarding("c/x", 1),
    }


def test_a_category_that_comes_back_is_led_to_from_elsewhere_alone() -> None:
    assert after({"a": "b"}, {"b": "a"}) == {"b": Forwarding("a", 1)}


def test_nothing_leads_to_a_category_that_is_gone() -> None:
    assert moved.without(after({"a": "b"}, {"c": "d"}), {"b"}) == {"c": Forwarding("d", 1)}


def test_the_oldest_are_forgotten_first() -> None:
    full = after({f"old/{number}": "new" for number in range(moved.MOST)})
    known = moved.moved(full, {"latest": "new"}, now=1)
    assert len(known) == moved.MOST
    assert known["latest"] == Forwarding("new", 1)


def test_what_is_stored_reads_as_it_was() -> None:
    kept = Forwarding("audio/über kopf", 1_700_000_000)
    assert Forwarding.decoded(kept.encoded()) == kept


@given(st.lists(st.tuples(SLUGS, SLUGS).filter(lambda pair: pair[0] != pair[1]), max_size=30))
def test_whatever_was_moved_no_address_leads_to_another_that_leads_on(pairs: list[tuple[str, str]]) -> None:
    known = after(*({source: target} for source, target in pairs))
    assert not {each.to for each in known.values()} & known.keys()
