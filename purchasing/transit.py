"""What a delivery costs and when it is there; when a store has something ready. Pure, but for the rules in use.

Days count from Monday to Friday, at the location that sends; public holidays are not known. Amounts are exact, and in
the shop's currency.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from inventory.api import Location, Weekday

EVENING = time(18)
SATURDAY = 5
MOST_DAYS = 60
METHOD_PARTS = 5
METHOD_SAID = "write name:first parcel:each further:free from:days, such as standard:4.90:2.50:50:200=1/800=2/7"


@dataclass(frozen=True, slots=True)
class Days:
    """Working days on the way by distance: ``steps`` are (up to km, days), the nearest first; ``beyond`` them."""

    steps: tuple[tuple[float, int], ...]
    beyond: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read ``200=1/800=2/7``: a day up to 200 km, two up to 800, seven beyond. Raises ``ValueError``."""
        *steps, beyond = text.split("/")
        pairs = [(float(km), int(days)) for km, _, days in (step.partition("=") for step in steps)]
        known = [*(days for _km, days in pairs), int(beyond)]
        far = [km for km, _days in pairs]
        rising = far == sorted(far) and known == sorted(known)
        if not rising or not all(map(math.isfinite, far)) or not 0 <= known[0] <= known[-1] <= MOST_DAYS:
            raise ValueError(f"has {text!r}: write days by distance, the nearest first, such as 200=1/800=2/7")
        return cls(tuple(pairs), int(beyond))

    def within(self, km: float) -> int:
        return next((days for most, days in self.steps if km <= most), self.beyond)


@dataclass(frozen=True, slots=True)
class Method:
    """A way to be delivered to: ``first`` parcel, each ``further`` one, nothing ``free_from`` goods of that value."""

    name: str
    first: Decimal
    further: Decimal
    free_from: Decimal | None
    days: Days

    @classmethod
    def of(cls, text: str) -> Self:
        """Read ``standard:4.90:2.50:50:200=1/800=2/7``. Raises ``ValueError``."""
        parts = text.split(":")
        if len(parts) != METHOD_PARTS or not parts[0].isidentifier():
            raise ValueError(f"has {text!r}: {METHOD_SAID}")
        name, first, further, free_from, days = parts
        return cls(name, _amount(first), _amount(further), _amount(free_from) if free_from else None, Days.of(days))

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()

    def cost(self, *, parcels: int, goods: Decimal) -> Decimal:
        if self.free_from is not None and goods >= self.free_from:
            return Decimal(0)
        return self.first + self.further * (parcels - 1)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the shop delivers. ``cutoff`` is the local hour until which a location sends on the same day."""

    methods: tuple[Method, ...]
    transfer: Days
    cutoff: int
    pickup_minutes: int
    currency: str

    _current: ClassVar["Rules | None"] = None

    @classmethod
    def configure(cls, rules: "Rules") -> None:
        """Use these rules from now on, in this process."""
        cls._current = rules

    @classmethod
    def current(cls) -> "Rules":
        """The rules in use. Raises ``LookupError`` when nobody has configured any."""
        if cls._current is None:
            raise LookupError("Nobody has said how the shop delivers: call Rules.configure() first.")
        return cls._current

    @classmethod
    def of(
        cls, *, methods: Iterable[str], transfer: Days, cutoff: int, pickup_minutes: int, currency: str, digits: int
    ) -> Self:
        """Read methods as settings write them. Raises ``ValueError`` with what is wrong with them."""
        read = tuple(map(Method.of, methods))
        if not read or len({method.name for method in read}) < len(read):
            raise ValueError(f"needs at least one method, and none twice: {METHOD_SAID}")
        for method in read:
            for amount in (method.first, method.further, method.free_from or Decimal(0)):
                if amount != round(amount, digits):
                    raise ValueError(f"has {amount}: {currency} has {digits} decimal digits")
        return cls(read, transfer, cutoff, pickup_minutes, currency)


def arrival(*, location: Location, now: datetime, days: int, cutoff: int) -> datetime:
    """When what a location sends is there at the latest: an evening at that location. ``now`` needs a time zone."""
    zone = ZoneInfo(location.timezone)
    day = _sent(location, now.astimezone(zone), cutoff)
    for _ in range(days):
        day = _working(day + timedelta(days=1))
    return datetime.combine(day, EVENING, zone)


def ready(*, location: Location, now: datetime, minutes: int) -> datetime | None:
    """When a store can hand over what it has, during its hours and in its time zone; None when it never opens.

    One whose hours nobody knows is taken to be open from Monday to Friday.
    """
    wait, zone = timedelta(minutes=minutes), ZoneInfo(location.timezone)
    if not location.hours:
        at = (now + wait).astimezone(zone)
        return datetime.combine(_working(at.date()), at.timetz())
    opening = location.opening(now)
    if opening.is_open and (opening.until is None or now + wait <= opening.until):
        return (now + wait).astimezone(zone)
    if opening.is_open and opening.until is not None:
        opening = location.opening(opening.until)
    return None if opening.until is None else (opening.until + wait).astimezone(zone)


def hours_on(location: Location, day: date) -> tuple[tuple[str, str], ...]:
    """When a location is open on a day, as local times: none when it is closed."""
    return location.hours.get(Weekday.of(day), ())


def _sent(location: Location, now: datetime, cutoff: int) -> date:
    """The day on which a location sends what is ordered now (its local time)."""
    if now.hour < cutoff and _sends_today(location, now):
        return now.date()
    day = now.date() + timedelta(days=1)
    while not _sends(location, day):
        day += timedelta(days=1)
    return day


def _sends_today(location: Location, now: datetime) -> bool:
    """Whether it is open still, or opens later today."""
    if not any(location.hours.values()):
        return _sends(location, now.date())
    opening = location.opening(now)
    return opening.is_open or (opening.until is not None and opening.until.astimezone(now.tzinfo).date() == now.date())


def _sends(location: Location, day: date) -> bool:
    """Whether people work there on a day: when it is open; who names no hours works from Monday to Friday."""
    return bool(hours_on(location, day)) if any(location.hours.values()) else day.weekday() < SATURDAY


def _working(day: date) -> date:
    """The day itself, or the Monday after it."""
    return day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() >= SATURDAY else 0)


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"has {text!r}, which is no amount: {METHOD_SAID}")
    return amount
