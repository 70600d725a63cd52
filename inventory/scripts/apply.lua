-- Takes in what another region tells of its own counters: any number of times, in any order.
-- KEYS[3] is our position in its log, KEYS[4] our copy of that log. ARGV: the region, the position after which the entries
-- stand, the last entry's id, 1 when entries in between are lost for good, most entries to keep, the entries and the rows
-- as JSON: [[id, [field, value, …]], …] and [[location, sku, {e, v, h, q, t, r, u, …}], …], a row per line.
-- Entries join the copy only where it ends, so that it has no gaps. Returns the position in that log now.
local source, after, upto, lossy, keep = ARGV[6], ARGV[7], ARGV[8], ARGV[9] == '1', ARGV[10]
local entries, rows = cjson.decode(ARGV[11]), cjson.decode(ARGV[12])

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

local function before(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return tonumber(a_ms) < tonumber(b_ms) end
  return tonumber(a_seq) < tonumber(b_seq)
end

local position = redis.call('GET', KEYS[3]) or '0-0'
local joins = lossy or not before(position, after)
if joins and before(position, upto) then
  for _, entry in ipairs(entries) do
    if before(position, entry[1]) then redis.call('XADD', KEYS[4], 'MAXLEN', '~', keep, entry[1], unpack(entry[2])) end
  end
  redis.call('SET', KEYS[3], upto)
  position = upto
end
return position
