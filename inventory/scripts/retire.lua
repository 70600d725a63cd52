-- Ends an item's epoch: its counters start from nothing, everywhere. ARGV: location, SKU. Returns {epoch}.
local known = answered()
if known then return known end
local l = bare_line(1, ARGV[6], ARGV[7])
local epoch = int(redis.call('HGET', l.item, 'e')) + 1
redis.call('SADD', KEYS[5], l.sku)
next_epoch(l, epoch, 'retire')
relevel(l)
return remember({epoch = epoch})
