"""Carries an intent out, as often as it takes: each has an id, by which the inventory knows it again."""

from inventory import holds, operations
from inventory.changes import ShortError
from inventory.holds import HoldEndedError
from inventory.results import Hold, Line, Operation
from tests.chaos.journal import Intent

SHORT = "short"
CONFIRMED = "confirmed"
DONE = "done"


def perform(intent: Intent) -> str:
    """Returns how it turned out. Raises ``StockUnavailableError`` when that cannot be known yet."""
    actions = {
        "receive": _receive,
        "count": _count,
        "move": _move,
        "hold": _hold,
        "confirm": _confirm,
        "release": _release,
        "return": _return,
        "retire": _retire,
    }
    return actions[intent["kind"]](intent)


def _operation(intent: Intent) -> Operation:
    return Operation(intent["id"], who=intent["who"], region=intent["region"])


def _receive(intent: Intent) -> str:
    operations.receive(
        sku=intent["sku"], location=intent["place"], quantity=intent["units"], operation=_operation(intent)
    )
    return DONE


def _count(intent: Intent) -> str:
    operations.count(
        sku=intent["sku"],
        location=intent["place"],
        counted=intent["counted"],
        observed=intent["observed"],
        operation=_operation(intent),
    )
    return DONE


def _move(intent: Intent) -> str:
    try:
        operations.move(
            sku=intent["sku"],
            source=intent["place"],
            target=intent["target"],
            quantity=intent["units"],
            operation=_operation(intent),
        )
    except ShortError:
        return SHORT
    return DONE


def _hold(intent: Intent) -> str:
    lines = [Line(*line) for line in intent["lines"]]
    try:
        return holds.hold(lines=lines, operation=_operation(intent), seconds=intent["seconds"]).encoded()
    except ShortError:
        return SHORT
    except HoldEndedError as error:
        return error.state


def _confirm(intent: Intent) -> str:
    try:
        holds.confirm(hold=Hold.decoded(intent["hold"]), who=intent["who"])
    except HoldEndedError as error:
        return error.state
    return CONFIRMED


def _release(intent: Intent) -> str:
    return holds.release(hold=Hold.decoded(intent["hold"]), who=intent["who"])


def _return(intent: Intent) -> str:
    operations.give_back(
        sku=intent["sku"],
        location=intent["place"],
        quantity=intent["units"],
        operation=_operation(intent),
        sold_in=intent["sold_in"],
    )
    return DONE


def _retire(intent: Intent) -> str:
    operations.retire(sku=intent["sku"], location=intent["place"], operation=_operation(intent))
    return DONE
