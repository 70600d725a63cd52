-- Units arrive. ARGV: location, SKU, quantity, kind (receive, return).
-- Returns {on_hand}.
local known = answered()
if known then return known end
local l, quantity = line(1, ARGV[6], ARGV[7]), tonumber(ARGV[8])
redis.call('SADD', KEYS[5], l.sku)
change(l, ARGV[9], quantity, {r = quantity})
settle(l)
close(l)
return remember({on_hand = l.on_hand})
