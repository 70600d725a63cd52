"""What pages of the shop may ask of a browser: the camera and the place where one is, and nothing else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

OWN = ("camera", "geolocation", "clipboard-read", "clipboard-write", "fullscreen")
OFF = (
    "accelerometer",
    "browsing-topics",
    "display-capture",
    "encrypted-media",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
HEADER = "Permissions-Policy"
POLICY = ", ".join([*(f"{name}=(self)" for name in OWN), *(f"{name}=()" for name in OFF)])


def permissions_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say so with every response: whatever finds its way into a page can then ask for no more."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault(HEADER, POLICY)
        return response

    return middleware
