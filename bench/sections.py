"""The parts of the benchmark that can be run alone. Pure."""

LOAD, PAGES, MIXED, STOCK = "load", "pages", "mixed", "stock"
BOARDS, CATALOGUE_LAG, CART, CHECKOUT, PHOTOS = "boards", "catalogue-lag", "cart", "checkout", "image-search"
EMBEDDING, OPTIMISE, NEAREST, ADMIN = "embedding", "optimise", "nearest", "admin"
SECTIONS = (
    *(LOAD, PAGES, MIXED, ADMIN, CART, CHECKOUT, STOCK, BOARDS, CATALOGUE_LAG, PHOTOS, EMBEDDING, OPTIMISE),
    NEAREST,
)
