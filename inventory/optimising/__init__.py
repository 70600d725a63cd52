"""What to order, move and mark down, worked out from what was sold: see docs/optimising.md.

Formulas are pure and work on whole arrays, one row an item (a SKU at a location); ``learning`` and ``advising`` feed
them from a region's node and write what follows there."""
