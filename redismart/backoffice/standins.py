"""What the Django admin takes for a model: a document of Redis under a name that Django knows.

A stand-in has no table. It gives a document what Django hangs on models: permissions, a content type and thereby a
history, and addresses in the admin.
"""

from typing import Any, Self

from django.db import models
from pydantic import BaseModel


class StandIn(models.Model):
    """A document with a primary key that Django can name; its fields are read from the document."""

    key = models.CharField(primary_key=True, max_length=500)

    class Meta:
        abstract = True
        managed = False

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.document: BaseModel | None = None

    def __str__(self) -> str:
        return str(self.key)

    def __getattr__(self, name: str) -> Any:
        document = self.__dict__.get("document")
        if name.startswith("_") or document is None or name not in type(document).model_fields:
            raise AttributeError(name)
        return getattr(document, name)

    @classmethod
    def of(cls, document: BaseModel | None, *, pk: str) -> Self:
        """The stand-in of a stored document, or of what else a page shows as one; None of a damaged one."""
        row = cls(key=pk)
        row.document = document
        row._state.adding = False
        return row
