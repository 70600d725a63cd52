"""Days that are near have their names."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment

from purchasing.promise_tags import PromiseTemplating

ZONES = ["Pacific/Kiritimati", "UTC", "America/Chicago", "Pacific/Pago_Pago"]


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_is_called_as_where_it_is(zone: str) -> None:
    said = Environment(extensions=[PromiseTemplating], autoescape=True).from_string("{{ at|coming_day('on ') }}")
    noon = datetime.now(ZoneInfo(zone)).replace(hour=12)
    days = [said.render(at=noon + timedelta(days=away), reader_locale="en_US") for away in range(3)]
    assert days[:2] == ["today", "tomorrow"]
    assert days[2].startswith("on ")
