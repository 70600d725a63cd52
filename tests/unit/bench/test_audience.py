"""What is read from what the browsers of open boards heard."""

from bench.audience import Change, Report


def test_a_change_arrives_at_each_board_that_shows_the_item() -> None:
    arrivals = [(0, "lamp", 8, 1.25), (1, "lamp", 8, 1.5), (2, "rug", 8, 1.75)]
    assert Report([], arrivals).waits([Change("lamp", 8, answered=1.0)]) == [250.0, 500.0]


def test_what_a_board_was_told_before_is_no_arrival() -> None:
    arrivals = [(0, "lamp", 7, 0.5), (0, "lamp", 8, 1.25)]
    assert Report([], arrivals).waits([Change("lamp", 8, answered=1.0)]) == [250.0]


def test_a_later_figure_tells_of_the_change_as_well() -> None:
    arrivals = [(0, "lamp", 7, 0.5), (0, "lamp", 9, 1.25)]
    changes = [Change("lamp", 8, answered=1.0), Change("lamp", 9, answered=1.125)]
    assert Report([], arrivals).waits(changes) == [250.0, 125.0]


def test_being_told_before_the_answer_was_read_is_no_wait() -> None:
    assert Report([], [(0, "lamp", 8, 0.9)]).waits([Change("lamp", 8, answered=1.0)]) == [0.0]


def test_an_item_that_no_board_shows_is_waited_for_by_nobody() -> None:
    assert Report([], [(0, "lamp", 8, 0.9)]).waits([Change("rug", 8, answered=1.0)]) == []


def test_messages_are_counted_within_a_time() -> None:
    assert Report([0.9, 1.0, 1.5, 2.0], []).between(1.0, 2.0) == 2
