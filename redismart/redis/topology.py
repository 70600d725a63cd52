"""Which Redis node serves which app in which region.

Every app owns a keyspace and may live on a node of its own. Some are regional (``REGIONAL``):
each region has its own writable node for them. All others have one primary, beside which a region may read from
a replica of its own.
"""

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

APPS = ("cache", "catalog", "imagesearch", "purchasing", "inventory")
REGIONAL = ("inventory",)
REPLICATED = ("catalog",)
"""Of these, the embedded stack can run a replica in each region but the first."""

REPLICAS_FROM = 16
"""Ports from the base on that are left for nodes of apps and regions; those of replicas follow."""

LOOPBACK = "127.0.0.1"
OPERATOR = "operator"


MOST_REGIONS = REPLICAS_FROM - len(APPS) + 1


class TopologyError(ValueError):
    """A setting that names regions or nodes cannot work; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """One embedded redis-server process on loopback."""

    name: str
    app: str
    port: int
    region: str | None = None
    primary_port: int | None = None
    """Of the node whose replica this is."""

    @property
    def persistent(self) -> bool:
        """Whether losing the node's data would lose something that cannot be made again."""
        return self.app != "cache" and self.primary_port is None


def embedded_nodes(*, regions: tuple[str, ...], base_port: int) -> tuple[Node, ...]:
    """The default stack: one node per app, and one per region for the regional apps.

    Ports count up from ``base_port`` in a fixed order, so that adding a region never moves a node.
    """
    shared = [Node(app, app, base_port + offset) for offset, app in enumerate(APPS[:4])]
    regional = [
        Node(f"{app}-{region}", app, base_port + len(shared) + offset, region)
        for app in REGIONAL
        for offset, region in enumerate(regions)
    ]
    return (*shared, *regional)


def embedded_replicas(*, regions: tuple[str, ...], base_port: int) -> tuple[Node, ...]:
    """A replica of each replicated app's node in every region but the first."""
    return tuple(
        Node(f"{app}-{region}", app, base_port + REPLICAS_FROM + offset, region, base_port + APPS.index(app))
        for app in REPLICATED
        for offset, region in enumerate(regions[1:])
    )


@dataclass(frozen=True, slots=True)
class Topology:
    """Where this process finds each app's node.

    ``external`` maps an app (``"catalog"``), an app in a region (``"inventory-eu"``) or the replica of an app that a
    region reads from (``"catalog-eu"``) to a Redis URL; whatever it does not name runs embedded, replicas only when
    ``replicas`` is set. ``secret_file`` holds the random secret from which the
    passwords of the embedded nodes' users are derived.
    """

    region: str
    regions: tuple[str, ...]
    base_port: int
    secret_file: Path
    external: Mapping[str, str] = field(default_factory=dict)
    replicas: bool = False

    def __post_init__(self) -> None:
        if len(self.regions) > MOST_REGIONS:
            raise TopologyError(f"REDISMART_REGIONS names {len(self.regions)} regions: {MOST_REGIONS} are the most.")
        if len(set(self.regions)) < len(self.regions):
            raise TopologyError("REDISMART_REGIONS names a region twice: name each once.")
        if self.region not in self.regions:
            known = ", ".join(self.regions)
            message = f"REDISMART_REGION is {self.region!r}, which is not one of REDISMART_REGIONS ({known})."
            raise TopologyError(message)

    def nodes(self) -> tuple[Node, ...]:
        """The embedded nodes this installation runs: the default stack without what is external."""
        everything = embedded_nodes(regions=self.regions, base_port=self.base_port)
        kept = tuple(node for node in everything if not self._external(node.app, node.region))
        return (*kept, *self._replicas())

    def url(self, app: str, *, region: str | None = None) -> str:
        """The URL of an app's node, where it is written: of regional apps that of ``region`` (default: this one)."""
        region = region or self.region
        external = self._external(app, region)
        return external or self.embedded_url(self._embedded(app, region), user=app)

    def replica_url(self, app: str, *, region: str | None = None) -> str:
        """The URL of the replica from which a region (default: this one) reads an app's node; empty without one."""
        if app in REGIONAL:
            return ""
        region = region or self.region
        external = self.external.get(f"{app}-{region}", "")
        embedded = next((node for node in self._replicas() if (node.app, node.region) == (app, region)), None)
        return external or (self.embedded_url(embedded, user=app) if embedded else "")

    def _replicas(self) -> tuple[Node, ...]:
        """Replicas of embedded nodes; how one of another server is told to follow it is its operator's business."""
        everything = embedded_replicas(regions=self.regions, base_port=self.base_port) if self.replicas else ()
        return tuple(node for node in everything if not {node.app, node.name} & self.external.keys())

    def regions_of(self, app: str) -> tuple[str, ...]:
        """The regions whose node of an app is written on its own, this process's first."""
        others = [region for region in self.regions if region != self.region] if app in REGIONAL else []
        return (self.region, *others)

    def embedded_url(self, node: Node, *, user: str) -> str:
        """The URL of an embedded node for one of its ACL users."""
        return f"redis://{user}:{self.password(user)}@{LOOPBACK}:{node.port}/0"

    def password(self, user: str) -> str:
        """The password of an embedded node's user: the same in every process of this installation."""
        return hmac.new(read_or_create_secret(self.secret_file).encode(), user.encode(), hashlib.sha256).hexdigest()

    def _external(self, app: str, region: str | None) -> str:
        own = self.external.get(f"{app}-{region}", "") if app in REGIONAL else ""
        return own or self.external.get(app, "")

    def _embedded(self, app: str, region: str) -> Node:
        name = f"{app}-{region}" if app in REGIONAL else app
        everything = embedded_nodes(regions=self.regions, base_port=self.base_port)
        return next(node for node in everything if node.name == name)


def read_or_create_secret(path: Path) -> str:
    """The random secret kept in a file only its owner may read, made on the first call.

    Processes that start at once agree on one: the file appears whole or not at all.
    """
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(f".{secrets.token_hex(4)}")
    staged.touch(mode=0o600)
    staged.write_text(secrets.token_hex(32))
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(staged)
    staged.unlink()
    return path.read_text()
