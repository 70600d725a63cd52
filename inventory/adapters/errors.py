"""What an adapter says of a field that it cannot read."""


class FieldError(ValueError):
    """A field of a record cannot be read; the reason says what was expected."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field, self.value, self.reason = field, value, reason
