"""A shop whose payments go to a Stripe of the tests."""

from collections.abc import Iterator

import pytest

from inventory import fence
from inventory.replication import recovery
from purchasing.payments import registry
from purchasing.payments.stripe import StripeProvider
from tests import stripe_server
from tests.stripe_server import SECRET, Stripe


@pytest.fixture
def server(search_indexes: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stripe]:
    monkeypatch.setattr(registry, "_known", {})
    for region in fence.regions():
        recovery.open_region(region)
    with stripe_server.serving() as accounts:
        registry.register(StripeProvider(secret_key="sk_test_shop", webhook_secret=SECRET, api=accounts.address))
        yield accounts
