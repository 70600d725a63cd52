-- Gives a region back what its node lost and another region still knows: its own log, counters and finished holds.
-- KEYS: 1 own log, 2 digest, 5 SKUs; a line per row; then one key per entry: what its operation left behind (the hold, or
-- the answer). ARGV: the entries as in apply, the rows as in apply. Returns how many rows were behind.
local entries, rows = cjson.decode(ARGV[6]), cjson.decode(ARGV[7])
local first_operation = OWN_KEYS + #rows * KEYS_PER_LINE
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local explained = {}

-- 'g:eu' of ours is stored as 'g:us:eu', 'r' as 'r:us'.
local function own_field(name)
  local to = string.match(name, '^g:(.+)$')
  return to and ('g:' .. ME .. ':' .. to) or (name .. ':' .. ME)
end

local function pairs_of(flat)
  local found = {}
  for at = 1, #flat, 2 do found[flat[at]] = flat[at + 1] end
  return found
end

local function newer(id)
  if not last[1] then return true end
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  local last_ms, last_seq = string.match(last[1][1], '^(%d+)-(%d+)$')
  if ms ~= last_ms then return tonumber(ms) > tonumber(last_ms) end
  return tonumber(seq) > tonumber(last_seq)
end

local function finish_again(key, entry)
  if entry.kind == 'hold' then return end
  if entry.kind ~= 'sale' and entry.kind ~= 'release' then
    redis.call('SET', key, cjson.encode({recovered = true, given = int(entry['+g:' .. (entry.peer or '')])}),
      'NX', 'EX', KEEP_SECONDS)
  elseif redis.call('HGET', key, 'state') == 'held' then
    redis.call('HSET', key, 'state', entry.kind == 'sale' and 'confirmed' or 'released')
    redis.call('EXPIRE', key, KEEP_SECONDS)
    redis.call('ZREM', KEYS[4], entry.op)
  elseif redis.call('EXISTS', key) == 0 then
    redis.call('HSET', key, 'state', entry.kind == 'sale' and 'confirmed' or 'released')
    redis.call('EXPIRE', key, KEEP_SECONDS)
  end
end

local function recover_row(l, row, known)
  local own = fields_of(l.item)
  if row.e > int(own.e) then
    begin_epoch(l, row.e)
    own = fields_of(l.item)
  elseif row.e < int(own.e) then
    return
  end
  local entry = {'XADD', KEYS[1], '*', 'op', OP, 'kind', 'recovered', 'location', l.location, 'sku', l.sku,
    'quantity', 0, 'who', WHO, 'why', WHY, 'at', NOW}
  local said = #entry
  for name, told in pairs(row) do
    if GROWING[string.sub(name, 1, 1)] then
      local gained = math.max(told - int(own[own_field(name)]), 0)
      local missing = gained - (known['+' .. name] or 0)
      if gained > 0 then redis.call('HINCRBY', l.item, own_field(name), gained) end
      if missing ~= 0 then
        entry[#entry + 1] = '+' .. name
        entry[#entry + 1] = missing
      end
    end
  end
  if #entry > said then redis.call(unpack(entry)) end
  -- Not a version of our own: until all peers were asked, a newer one that another of them knows must stay newer.
  redis.call('HSET', l.item, 'v:' .. ME, row.v)
  redis.call('HINCRBY', KEYS[2], ME, row.v - int(own['v:' .. ME]))
end

local lines = {}
for number, told in ipairs(rows) do
  lines[told[1] .. '|' .. told[2]] = bare_line(number, told[1], told[2])
end

-- Units of a hold whose end was lost are no longer held.
local function let_go(key)
  if redis.call('HGET', key, 'state') ~= 'held' then return end
  local flat = cjson.decode(redis.call('HGET', key, 'lines'))
  for at = 1, #flat, 3 do
    local l = lines[flat[at] .. '|' .. flat[at + 1]]
    if l then redis.call('HINCRBY', l.item, 'h:' .. ME, -flat[at + 2]) end
  end
end

for number, told in ipairs(entries) do
  local entry, key = pairs_of(told[2]), KEYS[first_operation + number]
  if newer(told[1]) then
    local item = entry.location .. '|' .. entry.sku
    local sums = explained[item] or {}
    for name, value in pairs(entry) do
      if string.sub(name, 1, 1) == '+' then sums[name] = (sums[name] or 0) + tonumber(value) end
    end
    explained[item] = sums
    redis.call('XADD', KEYS[1], told[1], unpack(told[2]))
    if entry.kind == 'sale' or entry.kind == 'release' then let_go(key) end
    finish_again(key, entry)
  end
end

local behind = 0
for number, told in ipairs(rows) do
  local l, row = lines[told[1] .. '|' .. told[2]], told[3]
  redis.call('SADD', KEYS[5], l.sku)
  if row.v > int(redis.call('HGET', l.item, 'v:' .. ME)) then
    recover_row(l, row, explained[told[1] .. '|' .. told[2]] or {})
    behind = behind + 1
  end
  relevel(l)
end
return behind
