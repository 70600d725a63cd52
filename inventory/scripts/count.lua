-- A stock count. ARGV: location, SKU, counted, observed (what the counter saw on hand; '' for what is known now), and
-- what the ledger calls it: count, also when left out, or adjust, which observes nothing and must not go below nought.
-- The difference is applied, not the figure, so that sales made elsewhere meanwhile stand.
-- Returns {on_hand, difference, owed}, or {short, on_hand} when there is not so much to take off: owed units are missing, but others hold the rights to them.
local known = answered()
if known then return known end
local l, counted = line(1, ARGV[6], ARGV[7]), tonumber(ARGV[8])
local kind = ARGV[10] or 'count'
local difference = counted - (tonumber(ARGV[9]) or math.max(l.on_hand, 0))
if kind == 'adjust' and l.on_hand + difference < 0 then
  return cjson.encode({short = true, on_hand = math.max(l.on_hand, 0)})
end
redis.call('SADD', KEYS[5], l.sku)
-- The entry's quantity is the difference; whoever reads it wants to know as well what was counted.
if kind == 'count' then l.more = {'counted', counted} end
local owed = 0
if difference >= 0 then
  change(l, kind, difference, {r = difference})
  l.more = nil
  settle(l)
else
  local ours = math.min(-difference, math.max(l.available, 0))
  owed = -difference - ours
  change(l, kind, difference, {u = ours, c = owed})
end
close(l)
return remember({on_hand = l.on_hand, difference = difference, owed = owed})
