"""Addresses, and the book that an account keeps of them."""

from pydantic import Field
from redis_om import Field as KeyField

from purchasing import keyspace
from purchasing.models.parts import Part
from purchasing.stored import Versioned
from redismart import standards


class Address(Part):
    """Where somebody lives."""

    name: str = Field(min_length=1, max_length=200)
    street: str = Field(min_length=1, max_length=200)
    extra: str = Field(default="", max_length=200)
    city: str = Field(min_length=1, max_length=100)
    state: str = Field(default="", max_length=100)
    postcode: str = Field(default="", max_length=20)
    country: standards.Country
    phone: str = Field(default="", max_length=40)


class AddressBook(Versioned, index=True):
    """The addresses of an account, the preferred one first."""

    user: str = KeyField(primary_key=True, max_length=40)
    addresses: tuple[Address, ...] = Field(default=(), max_length=20)

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.ADDRESSES
