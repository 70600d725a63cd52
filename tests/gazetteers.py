"""The gazetteer that all test processes of a run share: writing it takes seconds."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings

from purchasing import towns


@contextmanager
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    towns.configure(folder=tmp_path_factory.getbasetemp().parent / "towns")
    yield
    towns.configure(folder=settings.VAR / "towns")
