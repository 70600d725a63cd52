"""Towns are there for every test."""

from collections.abc import Iterator

import pytest

from tests import gazetteers


@pytest.fixture(scope="session", autouse=True)
def _gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with gazetteers.shared(tmp_path_factory):
        yield
