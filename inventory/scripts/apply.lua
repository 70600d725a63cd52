-- Takes in what another region tells of its own doing: any number of times, in any order.
-- KEYS[3] is our position in its log, KEYS[4] our copy of that log. ARGV: the region, the position after which the entries
-- stand, the last entry's id, most entries to keep, the entries and the rows as JSON: [[id, [field, value, …]], …] and
-- [[location, sku, {e, v, h, q, t, r, u, …}], …], a row per line. Returns the position in that log now.
-- Nothing is taken that begins beyond it: who knows of a change must know of the operation that made it.
local source, after, upto, keep = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local entries, rows = cjson.decode(ARGV[10]), cjson.decode(ARGV[11])
local position = redis.call('GET', KEYS[3]) or '0-0'
if before(position, after) then return position end

for number, told in ipairs(rows) do
  local l, row = bare_line(number, told[1], told[2]), told[3]
  redis.call('SADD', KEYS[5], l.sku)
  local version = int(redis.call('HGET', l.item, 'v:' .. source))
  if row.v > version and same_epoch(l, row.e) then
    merge_growing(l, source, row)
    redis.call('HSET', l.item, 'v:' .. source, row.v, 'h:' .. source, row.h)
    if row.t ~= 0 then
      redis.call('HSET', l.item, 'q:' .. source, string.format('%.4f', row.q), 't:' .. source, row.t)
    end
    redis.call('HINCRBY', KEYS[2], source, row.v - version)
    relevel(l)
    open(l)
    settle(l)
    close(l)
  end
end

if not before(position, upto) then return position end
for _, entry in ipairs(entries) do
  if before(position, entry[1]) then redis.call('XADD', KEYS[4], 'MAXLEN', '~', keep, entry[1], unpack(entry[2])) end
end
redis.call('SET', KEYS[3], upto)
return upto
