"""What a run of the benchmark found. Pure."""

from dataclasses import dataclass, field
from typing import Any

from bench.timings import Summary


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of page beside its bare commands, for so many products and clients."""

    products: int
    clients: int
    kind: str
    page: Summary
    bare: Summary
    page_bytes: int
    trips: tuple[int, ...]
    """Commands of each round trip of the page that makes the most of them."""

    @property
    def most_trips(self) -> int:
        return len(self.trips)

    @property
    def ratio(self) -> float:
        """How many times the bare commands' time the page takes (p50)."""
        return self.page.p50 / self.bare.p50

    @property
    def above(self) -> float:
        """What the page adds to the bare commands (ms, p50)."""
        return self.page.p50 - self.bare.p50


@dataclass(frozen=True, slots=True)
class Mixed:
    """All kinds at once. ``cpu`` is milliseconds of processor a request took, by who spent them."""

    products: int
    clients: int
    visits: Summary
    pages_per_second: float
    cpu: dict[str, float]


@dataclass(frozen=True, slots=True)
class Buying:
    """Whole checkouts by so many clients at once: from holding units to the order, in so many round trips."""

    clients: int
    checkouts: Summary
    trips: int


@dataclass(frozen=True, slots=True)
class Photos:
    """Search by photo among so many vectors in an index of a kind.

    ``nearest`` is the bare KNN command, ``recall`` what it finds of the ten nearest, ``searches`` are whole photo
    searches of one client.
    """

    vectors: int
    index: str
    nearest: Summary
    recall: float
    searches: Summary


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest among so many vectors by an index of a kind (ms): the bare command, and the shop's ``find`` (p50).

    ``megabytes`` is the index; ``recall`` what it finds of the ten nearest, ``built`` the seconds that making it took.
    What was not ``measured`` is reckoned from the curve of what was, and has neither.
    """

    vectors: int
    index: str
    p50: float
    p95: float
    find: float
    megabytes: float
    recall: float | None = None
    built: float | None = None
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Loading:
    """One file loaded by the product's own command: ``peak_mb`` is the most memory the loader held."""

    rows: int
    products_after: int
    seconds: float
    peak_mb: float

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class Optimising:
    """The optimiser's command over every item of a region, and ``again`` (seconds) after a thousand sales.

    ``peak_mb`` is the most memory it held, ``redis_mb`` what its proposals and sums added to the region's node.
    """

    skus: int
    locations: int
    seconds: float
    peak_mb: float
    proposals: int
    redis_mb: float
    again: float


@dataclass(frozen=True, slots=True)
class Stock:
    """Stock operations of one client (a second, each one round trip) beside bare ``DECR``, and replication.

    ``lag`` is under ``changes_per_second``; ``caught_up`` is seconds after a cut with ``changes_during_cut``;
    ``bytes_per_item`` is memory at the item's own region.
    """

    decrements: float
    operations: float
    lag: Summary
    changes_per_second: int
    caught_up: float
    changes_during_cut: int
    bytes_per_item: float

    @property
    def ratio(self) -> float:
        """Of the rate of bare decrements, so much is reached."""
        return self.operations / self.decrements


@dataclass(frozen=True, slots=True)
class CatalogueLag:
    """From the answer to a change of price here until a replica elsewhere has it (ms), in so large a catalogue.

    ``document`` is the product itself, ``search`` a search by words and price that finds it.
    """

    products: int
    changes_per_second: int
    document: Summary
    search: Summary


@dataclass(frozen=True, slots=True)
class BoardsState:
    """The live process under so many open boards and changes: its memory, its share of one core, what it tells.

    ``arrival`` is from a change's answer until each board that shows the item was told (ms); ``page`` is what one
    visitor waited for a page of results meanwhile (ms).
    """

    boards: int
    changes_per_second: float
    memory_mb: float
    core_share: float
    messages_per_second: float
    page: Summary
    arrival: Summary | None


@dataclass(frozen=True, slots=True)
class Boards:
    """Every state that was measured, and within how many seconds the boards were open and told all they show."""

    opened_seconds: float
    states: tuple[BoardsState, ...]


@dataclass(frozen=True, slots=True)
class Embedding:
    """The image model on one core: seconds to load it, one photo by itself, and pictures a second of a catalogue."""

    model: str
    dimension: int
    load_seconds: float
    photo: Summary
    pictures_per_second: float


@dataclass(slots=True)
class Results:
    """Everything one run found, and on what."""

    machine: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    mixed: list[Mixed] = field(default_factory=list)
    loadings: list[Loading] = field(default_factory=list)
    stock: Stock | None = None
    buying: list[Buying] = field(default_factory=list)
    photos: list[Photos] = field(default_factory=list)
    nearest: list[Nearest] = field(default_factory=list)
    boards: Boards | None = None
    catalogue_lag: CatalogueLag | None = None
    embedding: Embedding | None = None
    optimising: list[Optimising] = field(default_factory=list)
