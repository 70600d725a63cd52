-- Units go from one location to another. ARGV: from, SKU, quantity, to. Line 1 is from, line 2 to.
-- Returns {available} at the source, with short = true when it was not enough and nothing moved.
local known = answered()
if known then return known end
local from, quantity = line(1, ARGV[6], ARGV[7]), tonumber(ARGV[8])
if from.available < quantity then return cjson.encode({short = true, available = from.available}) end
change(from, 'move-out', -quantity, {u = quantity})
close(from)
local to = line(2, ARGV[9], ARGV[7])
change(to, 'move-in', quantity, {r = quantity})
settle(to)
close(to)
return remember({available = from.available})
