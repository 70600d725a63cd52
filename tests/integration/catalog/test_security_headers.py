"""Every response carries the headers that keep browsers from being misused, also those made before any view."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("/about/", {}, 200),
        ("/about", {}, 301),
        ("/about/", {"HTTP_HOST": "evil.example"}, 400),
        ("/no/such/page/", {}, 404),
        ("/healthz", {}, 200),
    ],
)
def test_no_response_goes_without(visitor: Client, path: str, options: dict[str, str], status: int) -> None:
    response = visitor.get(path, **options)  # type: ignore[arg-type]
    assert response.status_code == status
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert {"camera=(self)", "geolocation=(self)", "microphone=()"} <= {*response["Permissions-Policy"].split(", ")}
