"""The parts of the benchmark that can be run alone. Pure."""

LOAD, PAGES, MIXED, STOCK = "load", "pages", "mixed", "stock"
BOARDS, CATALOGUE_LAG, CART = "boards", "catalogue-lag", "cart"
SECTIONS = (LOAD, PAGES, MIXED, CART, STOCK, BOARDS, CATALOGUE_LAG)
