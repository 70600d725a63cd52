"""Steps that are taken of many orders at once, as an afternoon's parcels are sent: none of them moves money."""

from collections.abc import Callable, Sequence

from purchasing import noting, orders
from purchasing.admin.steps import STEPS, Step
from purchasing.models import Order, Status
from purchasing.orders import ChangedError, OrderError, UnknownOrderError
from purchasing.stored import ConflictError
from redismart.backoffice.actions import Outcome, Question

Move = Callable[..., Order]


def question(name: str, done: str) -> Question:
    """What the step of this name asks on the page of one order, asked of many."""
    step: Step = STEPS[name]
    return Question(step.label, f"Of each of these orders: {step.asks[0].lower()}{step.asks[1:]}", done)


def moved(numbers: Sequence[str], status: Status, move: Move, *, who: str) -> Outcome:
    """Take a step of each order; those that have been there need nothing, whatever else cannot is told why."""
    known = {order.number: order for order in Order.find_readable(numbers)}
    changed: list[str] = []
    refused = [(number, "It is not there, or cannot be read.") for number in numbers if number not in known]
    for number, order in known.items():
        if noting.has_been(order, status):
            continue
        try:
            move(number=number, who=who, since=noting.standing(order))
        except ChangedError as error:
            # Another may have taken just this step: then nothing is left to do.
            refused += [] if noting.has_been(orders.find(number=number), status) else [(number, str(error))]
        except (OrderError, UnknownOrderError, ConflictError) as error:
            refused.append((number, str(error)))
        else:
            changed.append(number)
    return Outcome(changed, refused)
