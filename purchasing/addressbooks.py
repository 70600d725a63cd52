"""The addresses of accounts. An address is known by a digest of what it says, so that adding or removing one twice, or
in two tabs, does no harm."""

import hashlib
from collections.abc import Callable

from purchasing import stored
from purchasing.models import Address, AddressBook

MOST = 20

Addresses = tuple[Address, ...]


class AddressError(ValueError):
    """The book cannot be changed so: the message says what to do."""


class UnknownAddressError(LookupError):
    """There is no such address in the book, or no longer."""


def key_of(address: Address) -> str:
    return hashlib.sha256(address.model_dump_json().encode()).hexdigest()[:20]


def book_of(*, user: str) -> AddressBook:
    """The account's book, the preferred address first; an empty one of version 0 when there is none."""
    return AddressBook.get_or_none(user) or AddressBook(user=user)


def address_of(*, user: str, key: str) -> Address:
    """Raises ``UnknownAddressError``."""
    return _found(book_of(user=user).addresses, key)


def add(*, user: str, address: Address) -> AddressBook:
    """Put an address at the end of the book; one that is there already stays where it is."""

    def added(known: Addresses) -> Addresses:
        if len(known) >= MOST and address not in known:
            raise AddressError(f"A book holds {MOST} addresses: remove one first.")
        return known if address in known else (*known, address)

    return _change(user, added)


def replace(*, user: str, key: str, address: Address) -> AddressBook:
    """Correct an address in its place. Raises ``UnknownAddressError``."""

    def replaced(known: Addresses) -> Addresses:
        if address in known:
            return tuple(each for each in known if each == address or key_of(each) != key)
        _found(known, key)
        return tuple(address if key_of(each) == key else each for each in known)

    return _change(user, replaced)


def remove(*, user: str, key: str) -> AddressBook:
    """Take an address out of the book; one that is not there is gone already."""
    return _change(user, lambda known: tuple(each for each in known if key_of(each) != key))


def prefer(*, user: str, key: str) -> AddressBook:
    """Put an address first. Raises ``UnknownAddressError``."""

    def preferred(known: Addresses) -> Addresses:
        first = _found(known, key)
        return (first, *(each for each in known if each != first))

    return _change(user, preferred)


def _change(user: str, changed: Callable[[Addresses], Addresses]) -> AddressBook:
    def decide(book: AddressBook) -> AddressBook | None:
        addresses = changed(book.addresses)
        if addresses == book.addresses:
            return None
        newer: AddressBook = book.model_copy(update={"addresses": addresses})
        return newer

    return stored.change(lambda: book_of(user=user), decide)


def _found(known: Addresses, key: str) -> Address:
    found = next((each for each in known if key_of(each) == key), None)
    if found is None:
        raise UnknownAddressError("There is no such address in your book.")
    return found
