"""The parts of the benchmark that can be run alone. Pure."""

LOAD, PAGES, MIXED, STOCK = "load", "pages", "mixed", "stock"
BOARDS, CATALOGUE_LAG = "boards", "catalogue-lag"
SECTIONS = (LOAD, PAGES, MIXED, STOCK, BOARDS, CATALOGUE_LAG)
