"""From a cart to an order, step by step. Every step is recorded, and may be done again by whoever finds it half done.

    OPEN ── choose ──▶ HELD ── pay ──▶ PAYING ─────▶ AUTHORISED ──▶ CONFIRMED ──▶ ORDERED ──▶ PLACED
      ▲                │  ▲              │ declined      │ the hold has ended
      │    time is over│  └──────────────┘               │ (the money is let go first)
      └────────────────┴─────────────────────────────────┘
    OPEN, HELD ── give_up, or nobody comes back ──▶ ENDED

Before each effect outside the record stands what is about to be done, and after it what came of it:

==========  ==========================================  =======================================================
stage       what is written before                      the effect, once however often it is tried
==========  ==========================================  =======================================================
OPEN        the hold's id, with its lines               ``inventory.hold`` under that id
HELD        the payment's key, and the order's number   ``provider.authorise`` under that key
PAYING      (the same)                                  ``provider.state``; when nobody knows it, ``cancel``
AUTHORISED  reference and card                          ``inventory.confirm``; when that is too late, ``cancel``
CONFIRMED   (the stage)                                 the order under its number, then ``provider.capture``
ORDERED     (the stage)                                 the cart without what was bought; e-mails ordered
==========  ==========================================  =======================================================

So nobody is charged without an order, no order is without its units, and one checkout makes one order and one charge at
most. A checkout is watched in its region's list before its first step and until it is PLACED or ENDED; ``recover``, run
by the schedule of that region, goes on with what its process left.
"""

from purchasing.checkout.advancing import advance, recover
from purchasing.checkout.doing import adopt, begin, choose, current, enter, give_up, pay, take_over
from purchasing.checkout.holding import Choice
from purchasing.checkout.records import CheckoutError
from purchasing.checkout.seen import digest

__all__ = [
    "CheckoutError",
    "Choice",
    "adopt",
    "advance",
    "begin",
    "choose",
    "current",
    "digest",
    "enter",
    "give_up",
    "pay",
    "recover",
    "take_over",
]
