"""The parts of the benchmark that can be run alone. Pure."""

LOAD, PAGES, MIXED, STOCK = "load", "pages", "mixed", "stock"
BOARDS, CATALOGUE_LAG, CART, CHECKOUT = "boards", "catalogue-lag", "cart", "checkout"
SECTIONS = (LOAD, PAGES, MIXED, CART, CHECKOUT, STOCK, BOARDS, CATALOGUE_LAG)
