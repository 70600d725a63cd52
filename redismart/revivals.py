"""How often something that ends by itself is started again."""

REVIVAL_SECONDS = 60.0
MOST_REVIVALS = 3


class Revivals:
    """Remembers the last starts: when they pile up, something is wrong that a start does not mend."""

    def __init__(self) -> None:
        self._moments: list[float] = []

    def allowed(self, *, now: float) -> bool:
        """Whether one more start is worth it, at this moment in seconds; it counts if so."""
        self._moments = [moment for moment in self._moments if now - moment < REVIVAL_SECONDS]
        if len(self._moments) >= MOST_REVIVALS:
            return False
        self._moments.append(now)
        return True
