"""What fuzz tests send to pages of staff, and who sends it: a superuser, whom no permission keeps from anything."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests import nasty

FUZZ = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(nasty.TEXTS)
KEYS = TEXTS.filter(bool)


def sent(names: Collection[str], texts: SearchStrategy[str] = TEXTS) -> SearchStrategy[dict[str, str]]:
    """Some of the fields or parameters of these names, with anything as their values."""
    return st.dictionaries(st.sampled_from(sorted(names)), texts, max_size=6)


def root() -> Client:
    client = Client()
    client.force_login(User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)[0])
    return client


def status(answer: Any) -> int:
    """The status of an answer; of one that is sent as it is made, once all of it is."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)
