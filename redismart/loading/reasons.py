"""What pydantic finds wrong with a row, in words for the person who wrote it."""

from typing import Any

from pydantic import ValidationError

REASONS = {
    "missing": "is required",
    "string_type": "must be a text",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_long": "has more than {max_length} entries",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "finite_number": "is not a finite number",
    "float_type": "must be a number",
    "float_parsing": "is not a number",
    "int_type": "must be a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is too large",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list",
    "dict_type": "must be an object of names and values",
    "model_type": "must be an object of names and values",
    "timezone_aware": "has no time zone: write 2026-03-01T09:30:00Z",
    "datetime_parsing": "is not a time in ISO 8601, such as 2026-03-01T09:30:00Z",
    "datetime_from_date_parsing": "is not a time in ISO 8601, such as 2026-03-01T09:30:00Z",
    "enum": "must be {expected}",
    "string_pattern_mismatch": "has other characters than it may have, or too many: it must match {pattern}",
    "value_error": "{error}",
}


def reasons(error: ValidationError) -> list[tuple[str, Any, str]]:
    """Each failing field with its value and the reason in words."""
    return [
        (
            ".".join(map(str, fault["loc"])),
            "" if fault["type"] == "missing" else fault["input"],
            REASONS.get(fault["type"], fault["msg"].replace("{", "{{").replace("}", "}}")).format(
                **fault.get("ctx", {})
            ),
        )
        for fault in error.errors(include_url=False)
    ]
