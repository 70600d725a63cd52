-- Gives a region back what its node lost and other regions still know: its own log, counters and holds.
-- KEYS: 1 own log, 2 digest, 5 SKUs; a line per row; then one key per entry: what its operation left behind (the hold, the
-- answer, or the requests). ARGV: the entries as in apply, the rows as in apply: each the newest that anybody knows.
-- Returns how many rows were behind. Done again it changes nothing.
local entries, rows = cjson.decode(ARGV[6]), cjson.decode(ARGV[7])
local first_operation = OWN_KEYS + #rows * KEYS_PER_LINE
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local explained = {}
-- These follow from other operations, under whose ids they stand.
local LEAVES_NOTHING = {settle = true, epoch = true, recovered = true}

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

local lines = {}
for number, told in ipairs(rows) do
  lines[told[1] .. '|' .. told[2]] = bare_line(number, told[1], told[2])
end

-- The lines of a hold, but those that went with an older epoch.
local function each_line(key, act)
  local kept = redis.call('HMGET', key, 'lines', 'epochs')
  local flat, number = cjson.decode(kept[1]), 0
  for epoch in string.gmatch(kept[2], '%d+') do
    local location, sku, quantity = flat[number * 3 + 1], flat[number * 3 + 2], flat[number * 3 + 3]
    local l = lines[location .. '|' .. sku]
    if l and int(redis.call('HGET', l.item, 'e')) == tonumber(epoch) then act(l, quantity) end
    number = number + 1
  end
end

-- Units of a hold whose end was lost are no longer held.
local function let_go(key)
  each_line(key, function(l, quantity) redis.call('HINCRBY', l.item, 'h:' .. ME, -quantity) end)
end

-- Holds that were taken and, as far as the entries go, not ended.
local live = {}

local function end_hold(key, entry)
  local state = redis.call('HGET', key, 'state')
  if not live[key] then
    if state and state ~= 'held' then return end
    if state == 'held' then let_go(key) end
  end
  live[key] = nil
  redis.call('HSET', key, 'state', entry.kind == 'sale' and 'confirmed' or 'released')
  redis.call('EXPIRE', key, KEEP_SECONDS)
  redis.call('ZREM', KEYS[4], entry.op)
end

-- Whoever sends the operation again must find it done.
local function finish_again(key, entry)
  if LEAVES_NOTHING[entry.kind] then return end
  if entry.kind == 'hold' then
    if entry.lines then live[key] = entry end
  elseif entry.kind == 'sale' or entry.kind == 'release' then
    end_hold(key, entry)
  elseif entry.kind == 'request' then
    redis.call('HSETNX', key, entry.op,
      cjson.encode({entry.location, entry.sku, tonumber(entry.quantity), entry.who or '', entry.why or ''}))
  else
    redis.call('SET', key, cjson.encode({recovered = true, given = int(entry['+g:' .. (entry.peer or '')]),
      difference = int(entry.quantity), owed = int(entry['+c'])}), 'NX', 'EX', KEEP_SECONDS)
  end
end

-- What the lost entries did to a row: by how much its counters grew, how often it changed, and its last epoch.
local function sum_up(sums, entry)
  for name, value in pairs(entry) do
    if string.sub(name, 1, 1) == '+' then sums.grown[name] = (sums.grown[name] or 0) + tonumber(value) end
  end
  sums.epoch = math.max(sums.epoch, int(entry.epoch))
  if entry.version then
    sums.version, sums.changes = int(entry.version), 0
  elseif entry.kind ~= 'request' then
    sums.changes = sums.changes + 1
  end
end

-- Takes a row to where the entries leave it. Rows told of an epoch that is over for whoever is told go unheard, so that
-- others may know more of the log than of the row.
local function replay_row(l, own, sums, version)
  if sums.epoch > int(own.e) then begin_epoch(l, sums.epoch) end
  for name, value in pairs(own) do
    if own_name(name) and int(value) ~= 0 then redis.call('HSET', l.item, name, value) end
  end
  for name, by in pairs(sums.grown) do
    if name ~= '+h' then redis.call('HINCRBY', l.item, own_field(string.sub(name, 2)), by) end
  end
  redis.call('HSET', l.item, 'v:' .. ME, version)
  redis.call('HINCRBY', KEYS[2], ME, version - int(own['v:' .. ME]))
end

-- What the row gained beyond what the entries say is said as well, so that the ledger explains every unit.
local function recover_row(l, row, own, known)
  if row.e < int(own.e) then return false end
  local names = {}
  for name in pairs(row) do
    if GROWING[string.sub(name, 1, 1)] then names[name] = true end
  end
  for field in pairs(own) do
    if own_name(field) then names[own_name(field)] = true end
  end
  local same_epoch = row.e == int(own.e)
  if not same_epoch then begin_epoch(l, row.e) end
  local entry = {'XADD', KEYS[1], '*', 'op', OP, 'kind', 'recovered', 'location', l.location, 'sku', l.sku,
    'quantity', 0, 'who', WHO, 'why', WHY, 'at', NOW, 'epoch', row.e, 'version', row.v}
  local said = same_epoch and #entry or 0
  for name in pairs(names) do
    local before, now = int(own[own_field(name)]), int(row[name])
    if same_epoch then now = math.max(now, before) end
    if now ~= 0 then redis.call('HSET', l.item, own_field(name), now) end
    local missing = now - before - (known['+' .. name] or 0)
    if missing ~= 0 then
      entry[#entry + 1] = '+' .. name
      entry[#entry + 1] = missing
    end
  end
  if #entry > said then redis.call(unpack(entry)) end
  -- Not a version of our own: a newer one that somebody knows, and who was asked before knew not, must stay newer.
  redis.call('HSET', l.item, 'v:' .. ME, row.v)
  redis.call('HINCRBY', KEYS[2], ME, row.v - int(own['v:' .. ME]))
  return true
end

for number, told in ipairs(entries) do
  local entry, key = pairs_of(told[2]), KEYS[first_operation + number]
  if newer(told[1]) then
    local item = entry.location .. '|' .. entry.sku
    explained[item] = explained[item] or {grown = {}, changes = 0, epoch = 0}
    sum_up(explained[item], entry)
    redis.call('XADD', KEYS[1], told[1], unpack(told[2]))
    finish_again(key, entry)
  end
end

local function hold_again(key, entry)
  redis.call('DEL', key)
  redis.call('HSET', key, 'state', 'held', 'expires', entry.expires, 'decider', entry.decider, 'lines', entry.lines,
    'epochs', entry.epochs)
  redis.call('ZADD', KEYS[4], entry.expires, entry.op)
  each_line(key, function(l, quantity) redis.call('HINCRBY', l.item, 'h:' .. ME, quantity) end)
end

local behind = 0
for number, told in ipairs(rows) do
  local item, row = told[1] .. '|' .. told[2], told[3]
  redis.call('SADD', KEYS[5], told[2])
  local l, own, sums = lines[item], fields_of(lines[item].item), explained[item]
  local replayed = sums and (sums.version or int(own['v:' .. ME])) + sums.changes or int(own['v:' .. ME])
  if row.v > replayed then
    if recover_row(l, row, own, sums and sums.grown or {}) then behind = behind + 1 end
  elseif sums then
    replay_row(l, own, sums, replayed)
    behind = behind + 1
  end
end
for key, entry in pairs(live) do hold_again(key, entry) end
for _, l in pairs(lines) do relevel(l) end
return behind
