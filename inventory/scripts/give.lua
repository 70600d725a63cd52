-- Gives another region rights to sell. ARGV: location, SKU, quantity wanted, to which region.
-- Gives what there is, up to what is wanted. Returns {given}.
local known = answered()
if known then return known end
local l = line(1, ARGV[6], ARGV[7])
local given = math.min(tonumber(ARGV[8]), math.max(l.available, 0))
if given <= 0 then return cjson.encode({given = 0}) end
change(l, 'give', given, {}, given, ARGV[9])
close(l)
return remember({given = given})
