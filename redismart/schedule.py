"""What Celery beat asks for, and how often. Each region has a beat of its own, for its own queue."""

from typing import Any

Schedule = dict[str, dict[str, Any]]


def of_region(region: str, *, home: str, keep_days: int, optimise_minutes: int) -> Schedule:
    """The schedule of a region; catalogue and orders are kept by their home region alone. Periods in seconds."""
    return (
        _stock(region, keep_days)
        | _optimise(region, optimise_minutes)
        | _checkouts(region)
        | (_catalogue() | _orders() if region == home else {})
    )


def _catalogue() -> Schedule:
    return {
        "prepare-browsing": _every(60, "catalog.tasks.prepare_browsing"),
        "rebuild-suggestions": _every(300, "catalog.tasks.rebuild_suggestions"),
        "finish-edits": _every(60, "catalog.tasks.finish_edits"),
        "follow-sales": _every(60, "catalog.tasks.follow_sales"),
        "follow-catalogue": _every(3, "imagesearch.tasks.follow_catalogue", "embeddings"),
    }


def _orders() -> Schedule:
    """Orders are looked after when they change; this finds what that missed."""
    return {
        "look-after-orders": _every(60, "purchasing.tasks.look_after_orders"),
        "tell-availability": _every(2, "purchasing.tasks.tell_availability"),
        "tell-watchers": _every(30, "purchasing.tasks.tell_watchers"),
    }


def _checkouts(region: str) -> Schedule:
    """By the region's own worker: it reaches the stock that its shoppers' units are held in."""
    return {
        "recover-checkouts": _every(
            5, "purchasing.tasks.recover_checkouts", f"replication-{region}", {"region": region}
        )
    }


def _stock(region: str, keep_days: int) -> Schedule:
    """Replication is ordered by each change; these find what that missed."""
    queue, here = f"replication-{region}", {"region": region}
    return {
        "keep-up": _every(2, "inventory.tasks.keep_up", queue, here),
        "expire-holds": _every(5, "inventory.tasks.expire_holds", queue, here),
        "balance-rights": _every(10, "inventory.tasks.balance", queue, here),
        "compare-regions": _every(60, "inventory.tasks.compare", queue, here),
        "tell-places": _every(15, "inventory.tasks.tell_places", queue, here),
        "trim-ledger": _every(3600, "inventory.tasks.trim", queue, here | {"keep_days": keep_days}),
    }


def _optimise(region: str, minutes: int) -> Schedule:
    """By a worker of its own: replication must not wait behind it."""
    return {
        "optimise-stock": _every(60 * minutes, "inventory.tasks.optimise", f"optimising-{region}", {"region": region})
    }


def _every(seconds: int, task: str, queue: str = "default", kwargs: dict[str, Any] | None = None) -> dict[str, Any]:
    """A task that is not run late: the next one is on its way."""
    options = {"expires": seconds, "queue": queue}
    return {"task": task, "schedule": float(seconds), "kwargs": kwargs or {}, "options": options}
