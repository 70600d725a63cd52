-- What all scripts of this folder share; it is put in front of each.
--
-- KEYS: 1 own log, 2 digest, 3 the operation (or hold), 4 expiring holds, 5 SKUs; then three per line:
-- the item, its SKU's levels, its projection. All carry one hash tag.
-- ARGV: 1 this region, 2 now in ms (0: the node's own clock), 3 operation id, 4 who, 5 why; then the script's own.
--
-- An item holds, per region, counters that only grow, each written by its region alone:
-- r: received, u: consumed, c: claimed, s: settled claims, g:<to>: rights given; and, with the region's version v,
-- the state it last told: h held, q demand (decaying), t when q was computed. e is the item's epoch.
-- Levels hold what follows from them: oh on hand and av|<region> what each may sell, in all and by |<location>.
-- The projection of an item is what the search index reads: sellable is what all regions together may sell of it.
local ME, NOW, OP, WHO, WHY = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local OWN_ARGUMENTS, OWN_KEYS, KEYS_PER_LINE = 5, 5, 3
local KEEP_SECONDS = 2592000
local HALF_LIFE = 604800000
local OWN = {'r', 'u', 'c', 's', 'h', 'v'}
local OWN_FIELDS = {'r:' .. ME, 'u:' .. ME, 'c:' .. ME, 's:' .. ME, 'h:' .. ME, 'v:' .. ME, 'q:' .. ME, 't:' .. ME, 'e'}

if NOW == 0 then
  local clock = redis.call('TIME')
  NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
end

local function int(value)
  return tonumber(value) or 0
end

local function bare_line(number, location, sku)
  local base = OWN_KEYS + (number - 1) * KEYS_PER_LINE
  return {item = KEYS[base + 1], levels = KEYS[base + 2], projection = KEYS[base + 3], location = location, sku = sku}
end

-- Reads what a change needs: our own row, and the levels it moves. Nothing is written before close.
local function open(l)
  local row = redis.call('HMGET', l.item, unpack(OWN_FIELDS))
  for at, name in ipairs(OWN) do l[name] = int(row[at]) end
  l.q, l.t, l.e, l.new = int(row[7]), int(row[8]), int(row[9]), not row[6]
  l.changes, l.changed = 0, {}
  l.on_hand_field, l.available_field = 'oh|' .. l.location, 'av|' .. ME .. '|' .. l.location
  local levels = redis.call('HMGET', l.levels, l.on_hand_field, l.available_field)
  l.on_hand, l.available = int(levels[1]), int(levels[2])
  l.more_on_hand, l.more_available, l.more_sellable = 0, 0, 0
  return l
end

local function line(number, location, sku)
  return open(bare_line(number, location, sku))
end

-- Changes our own row, all that is derived from it, and says so in the log.
local function change(l, kind, quantity, delta, given, to)
  given = given or 0
  local entry = {'XADD', KEYS[1], '*', 'op', OP, 'kind', kind, 'location', l.location, 'sku', l.sku,
    'quantity', quantity, 'at', NOW}
  if WHO ~= '' then
    entry[#entry + 1] = 'who'
    entry[#entry + 1] = WHO
  end
  if WHY ~= '' then
    entry[#entry + 1] = 'why'
    entry[#entry + 1] = WHY
  end
  for _, part in ipairs(l.more or {}) do entry[#entry + 1] = part end
  for name, by in pairs(delta) do
    if by ~= 0 then
      l[name], l.changed[name] = l[name] + by, true
      entry[#entry + 1] = '+' .. name
      entry[#entry + 1] = by
    end
  end
  if given > 0 then
    entry[#entry + 1] = '+g:' .. to
    entry[#entry + 1] = given
    entry[#entry + 1] = 'peer'
    entry[#entry + 1] = to
    redis.call('HINCRBY', l.item, 'g:' .. ME .. ':' .. to, given)
    redis.call('HINCRBY', l.levels, 'av|' .. to .. '|' .. l.location, given)
    redis.call('HINCRBY', l.levels, 'av|' .. to, given)
  end
  local more = (delta.r or 0) - (delta.u or 0)
  local on_hand, available = more - (delta.c or 0) + (delta.s or 0), more - (delta.h or 0) - given
  l.on_hand, l.more_on_hand = l.on_hand + on_hand, l.more_on_hand + on_hand
  l.available, l.more_available = l.available + available, l.more_available + available
  l.more_sellable = l.more_sellable + available + given
  l.changes = l.changes + 1
  redis.call(unpack(entry))
end

-- Writes what change has changed: the rest would only make what is kept and replicated of each change longer.
local function close(l)
  if l.changes == 0 then return end
  local row = {'HSET', l.item, 'v:' .. ME, l.v + l.changes}
  local function set(command, field, value)
    command[#command + 1] = field
    command[#command + 1] = value
  end
  for at, name in ipairs(OWN) do
    if l.changed[name] then set(row, OWN_FIELDS[at], l[name]) end
  end
  if l.t ~= 0 then
    set(row, 'q:' .. ME, string.format('%.4f', l.q))
    set(row, 't:' .. ME, l.t)
  end
  redis.call(unpack(row))
  local levels, projection = {'HSET', l.levels}, {'HSET', l.projection, 'held', l.h}
  if l.new then
    set(projection, 'sku', l.sku)
    set(projection, 'location', l.location)
  end
  -- Several lines may be of one SKU: its totals are moved, not set.
  if l.more_on_hand ~= 0 or l.new then
    set(levels, l.on_hand_field, l.on_hand)
    set(projection, 'on_hand', l.on_hand)
    redis.call('HINCRBY', l.levels, 'oh', l.more_on_hand)
  end
  if l.more_available ~= 0 or l.new then
    set(levels, l.available_field, l.available)
    redis.call('HINCRBY', l.levels, 'av|' .. ME, l.more_available)
  end
  if l.more_sellable ~= 0 or l.new then
    set(projection, 'sellable', int(redis.call('HGET', l.projection, 'sellable')) + l.more_sellable)
  end
  if #levels > 2 then redis.call(unpack(levels)) end
  redis.call(unpack(projection))
  redis.call('HINCRBY', KEYS[2], ME, l.changes)
end

-- Units that a stock count found missing while others had the rights to them are owed: pay as rights come in.
local function settle(l)
  local pay = math.min(l.c - l.s, math.max(l.available, 0))
  if pay > 0 then change(l, 'settle', pay, {u = pay, s = pay}) end
end

local function demanded(l, quantity)
  l.q, l.t = l.q * 0.5 ^ (math.max(NOW - l.t, 0) / HALF_LIFE) + quantity, NOW
end

-- What is wanted and cannot be had is demand as well; others are told with the next change.
local function note_demand(l)
  if not l.new then redis.call('HSET', l.item, 'q:' .. ME, string.format('%.4f', l.q), 't:' .. ME, l.t) end
end

local function remember(result)
  local answer = cjson.encode(result)
  redis.call('SET', KEYS[3], answer, 'EX', KEEP_SECONDS)
  return answer
end

-- The answer that this operation got when it was first asked for, if it was.
local function answered()
  return redis.call('GET', KEYS[3])
end
