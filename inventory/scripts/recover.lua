-- Gives a region back what its node lost and other regions still know: its own log, counters and holds. Of each row it
-- takes what the entries make of ours and the newest that others were told, whichever counted more: they may know more of
-- the log (rows of an epoch that is over for them go unheard) or more of the row (copies of the log may have holes).
-- KEYS: 1 own log, 2 digest, 5 SKUs; a line per row; then one key per entry: what its operation left behind (the hold, the
-- answer, or the requests). ARGV: the entries as in apply, the rows as in apply: each the newest that anybody knows.
-- Returns how many rows were behind. Done again it changes nothing.
local entries, rows = cjson.decode(ARGV[6]), cjson.decode(ARGV[7])
local first_operation = OWN_KEYS + #rows * KEYS_PER_LINE
local explained, touched = {}, {}
-- These follow from other operations, under whose ids they stand.
local LEAVES_NOTHING = {settle = true, epoch = true, recovered = true}

-- 'g:eu' of ours is stored as 'g:us:eu', 'r' as 'r:us'.
local function own_field(name)
  local to = string.match(name, '^g:(.+)$')
  return to and ('g:' .. ME .. ':' .. to) or (name .. ':' .. ME)
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
    if l and int(redis.call('HGET', l.item, 'e')) == tonumber(epoch) then
      act(l, quantity)
      touched[location .. '|' .. sku] = l
    end
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

local NOTHING_LOST = {grown = {}, changes = 0, epoch = 0}

-- The names of all counters of our own that anybody knows of.
local function names_of(own, row, sums)
  local names = {}
  for name in pairs(row) do
    if GROWING[string.sub(name, 1, 1)] then names[name] = true end
  end
  for field in pairs(own) do
    if own_name(field) then names[own_name(field)] = true end
  end
  for name in pairs(sums.grown) do
    if name ~= '+h' then names[string.sub(name, 2)] = true end
  end
  return names
end

-- Sets a row to the most that is known of it, and says what the entries do not, so that the ledger explains every unit.
local function recover_row(l, row, own, sums)
  local replayed_epoch = math.max(int(own.e), sums.epoch)
  local replayed_version = (sums.version or int(own['v:' .. ME])) + sums.changes
  local epoch, version = math.max(replayed_epoch, row.e), math.max(replayed_version, row.v)
  local entry = {'XADD', KEYS[1], '*', 'op', OP, 'kind', 'recovered', 'location', l.location, 'sku', l.sku,
    'quantity', 0, 'who', WHO, 'why', WHY, 'at', NOW, 'epoch', epoch}
  local bare, as_told = #entry, row.e == epoch
  if epoch > int(own.e) then begin_epoch(l, epoch) end
  for name in pairs(names_of(own, row, sums)) do
    local replayed = int(own[own_field(name)]) + (sums.grown['+' .. name] or 0)
    local now = math.max(replayed_epoch == epoch and replayed or 0, row.e == epoch and int(row[name]) or 0)
    as_told = as_told and now == int(row[name])
    if now ~= 0 or own[own_field(name)] then redis.call('HSET', l.item, own_field(name), now) end
    if now ~= replayed then
      entry[#entry + 1] = '+' .. name
      entry[#entry + 1] = now - replayed
    end
  end
  -- Equal versions must mean equal rows, else nobody would ever compare them.
  if version == row.v and not as_told then version = version + 1 end
  if #entry > bare or epoch > replayed_epoch then
    entry[#entry + 1] = 'version'
    entry[#entry + 1] = version
    redis.call(unpack(entry))
  end
  redis.call('HSET', l.item, 'v:' .. ME, version)
  redis.call('HINCRBY', KEYS[2], ME, version - int(own['v:' .. ME]))
end

-- How far our own log ever went, whether its last entry is still there or not.
local function end_of_log()
  if redis.call('EXISTS', KEYS[1]) == 0 then return '0-0' end
  return pairs_of(redis.call('XINFO', 'STREAM', KEYS[1]))['last-generated-id']
end

local function take_entry(id, flat, key)
  local entry = pairs_of(flat)
  local item = entry.location .. '|' .. entry.sku
  explained[item] = explained[item] or {grown = {}, changes = 0, epoch = 0}
  sum_up(explained[item], entry)
  redis.call('XADD', KEYS[1], id, unpack(flat))
  finish_again(key, entry)
end

local function hold_again(key, entry)
  redis.call('DEL', key)
  redis.call('HSET', key, 'state', 'held', 'expires', entry.expires, 'decider', entry.decider, 'lines', entry.lines,
    'epochs', entry.epochs)
  redis.call('ZADD', KEYS[4], entry.expires, entry.op)
  each_line(key, function(l, quantity) redis.call('HINCRBY', l.item, 'h:' .. ME, quantity) end)
end

local last = end_of_log()
for number, told in ipairs(entries) do
  if before(last, told[1]) then take_entry(told[1], told[2], KEYS[first_operation + number]) end
end
local behind = 0
for number, told in ipairs(rows) do
  local item, row = told[1] .. '|' .. told[2], told[3]
  local l, sums = lines[item], explained[item]
  local own = fields_of(l.item)
  redis.call('SADD', KEYS[5], l.sku)
  if sums or row.v > int(own['v:' .. ME]) then
    recover_row(l, row, own, sums or NOTHING_LOST)
    behind, touched[item] = behind + 1, l
  end
end
for key, entry in pairs(live) do hold_again(key, entry) end
-- What is held is part of a row: others were told of it as it was at the version that they know.
for number, told in ipairs(rows) do
  local item, row = told[1] .. '|' .. told[2], told[3]
  local now = touched[item] and redis.call('HMGET', lines[item].item, 'v:' .. ME, 'h:' .. ME)
  if now and int(now[1]) == row.v and int(now[2]) ~= row.h then
    redis.call('HINCRBY', lines[item].item, 'v:' .. ME, 1)
    redis.call('HINCRBY', KEYS[2], ME, 1)
  end
end
for _, l in pairs(touched) do relevel(l) end
return behind
