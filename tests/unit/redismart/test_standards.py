"""Codes are those of the standards."""

from redismart import standards


def test_countries_are_those_of_iso_3166() -> None:
    assert {"US", "DE", "FR", "GB", "JP", "PR"} <= standards.countries()
    assert not {"UK", "EU", "XX", "ZZ", "us"} & standards.countries()
    assert len(standards.countries()) == 249


def test_time_zones_are_those_of_iana() -> None:
    assert {"America/New_York", "Europe/Berlin", "UTC"} <= standards.time_zones()
    assert "America" not in standards.time_zones()
