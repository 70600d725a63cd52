"""The one error of the demo."""


class DemoError(RuntimeError):
    """The demo cannot start or go on; the message says why and what to do."""
