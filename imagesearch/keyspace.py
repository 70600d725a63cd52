"""Every key and index name of image search. The only place that spells them."""

PREFIX = "imagesearch"

ACTIVE = f"{PREFIX}:active"
"""The model by whose vectors photos are searched, as JSON: see ``imagesearch.vectors.Space``."""


def vectors(fingerprint: str) -> str:
    """What the keys of all vectors of a model begin with."""
    return f"{PREFIX}:vector:{fingerprint}:"


def vector(fingerprint: str, picture: str, sku: str) -> str:
    """Hash: the vector of a picture of a product, with what it is filtered by. A picture's name has no colon."""
    return f"{vectors(fingerprint)}{picture}:{sku}"


def sku_of(key: str) -> str:
    """The product of such a hash."""
    return key.split(":", 4)[4]


def index(fingerprint: str) -> str:
    return f"{PREFIX}:vectors:{fingerprint}"


def progress(fingerprint: str) -> str:
    """Hash: how far the catalogue was followed, and how far it was gone over."""
    return f"{PREFIX}:progress:{fingerprint}"


def set_aside(fingerprint: str) -> str:
    """Hash: pictures of which no vector can be made, with the reason, by their names."""
    return f"{PREFIX}:set-aside:{fingerprint}"


def lock(fingerprint: str) -> str:
    """Held while a batch of products is being looked at."""
    return f"{PREFIX}:lock:{fingerprint}"


MISSED = f"{PREFIX}:missed"
"""Products that were the nearest to photos without being close, by how often: see ``imagesearch.missed``."""


def missed_by(photo: str) -> str:
    """There while a photo that found nothing is not counted again."""
    return f"{PREFIX}:missed:by:{photo}"


TALLY = f"{PREFIX}:tally"
"""Hash: what came of pictures since there are any, the seconds that took, and the model that was last at it."""


def waiting(question: str) -> str:
    """In Django's cache: a photo on its way to the worker, as base64."""
    return f"{PREFIX}-photo-{question}"


def reply(question: str) -> str:
    """List on which the answer to a photo arrives."""
    return f"{PREFIX}:reply:{question}"


def photo(name: str) -> str:
    """The vector of a visitor's photo."""
    return f"{PREFIX}:photo:{name}"
