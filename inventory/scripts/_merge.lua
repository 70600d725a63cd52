-- Merging what other regions tell; put in front of the scripts that do so, after the part all share.
local GROWING = {r = true, u = true, c = true, s = true, g = true}

local function pairs_of(flat)
  local found = {}
  for at = 1, #flat, 2 do found[flat[at]] = flat[at + 1] end
  return found
end

local function fields_of(key)
  return pairs_of(redis.call('HGETALL', key))
end

-- What a growing counter of our own is called in a row and in the log: 'r' for 'r:us', 'g:eu' for 'g:us:eu'.
local function own_name(field)
  local kind, region, to = string.match(field, '^(%a):([^:]+):?(.*)$')
  if region ~= ME or not GROWING[kind] then return nil end
  return kind == 'g' and ('g:' .. to) or kind
end

-- Forgets all counters of an item: a newer epoch has begun. Versions live on, so that digests stay true, and so that
-- every region is known that has levels of it.
local function begin_epoch(l, epoch)
  for field in pairs(fields_of(l.item)) do
    local kind, to = string.sub(field, 1, 2), string.match(field, '^g:[^:]+:(.+)$')
    if to then redis.call('HSETNX', l.item, 'v:' .. to, 0) end
    if GROWING[string.sub(kind, 1, 1)] or kind == 'h:' then redis.call('HDEL', l.item, field) end
  end
  redis.call('HSET', l.item, 'e', epoch)
end

-- Begins an epoch and says so in the log: what our own counters held is written off, so that the sums of the log's
-- entries explain them whatever epoch they come from.
local function next_epoch(l, epoch, kind)
  local entry = {'XADD', KEYS[1], '*', 'op', OP, 'kind', kind, 'location', l.location, 'sku', l.sku,
    'quantity', 0, 'who', WHO, 'why', WHY, 'at', NOW, 'epoch', epoch}
  for field, value in pairs(fields_of(l.item)) do
    local name = own_name(field)
    if name and int(value) ~= 0 then
      entry[#entry + 1] = '+' .. name
      entry[#entry + 1] = -int(value)
    end
  end
  begin_epoch(l, epoch)
  redis.call('HINCRBY', l.item, 'v:' .. ME, 1)
  redis.call('HINCRBY', KEYS[2], ME, 1)
  redis.call(unpack(entry))
end

-- On hand, and what each region may still sell, from all counters of an item.
local function derive(fields)
  local on_hand, may_sell = 0, {}
  for name, value in pairs(fields) do
    local kind, region, to = string.match(name, '^(%a):([^:]+):?(.*)$')
    value = tonumber(value)
    if kind == 'r' then
      on_hand, may_sell[region] = on_hand + value, (may_sell[region] or 0) + value
    elseif kind == 'u' then
      on_hand, may_sell[region] = on_hand - value, (may_sell[region] or 0) - value
    elseif kind == 'c' then
      on_hand = on_hand - value
    elseif kind == 's' then
      on_hand = on_hand + value
    elseif kind == 'h' then
      may_sell[region] = (may_sell[region] or 0) - value
    elseif kind == 'g' then
      may_sell[region], may_sell[to] = (may_sell[region] or 0) - value, (may_sell[to] or 0) + value
    elseif kind == 'v' then
      may_sell[region] = may_sell[region] or 0
    end
  end
  return on_hand, may_sell
end

-- Brings the levels of an item in line with its counters. Reads only those of its own place: a SKU may lie at thousands.
local function relevel(l)
  local fields = fields_of(l.item)
  local on_hand, may_sell = derive(fields)
  local names, wanted = {'oh'}, {on_hand}
  for region, count in pairs(may_sell) do
    names[#names + 1], wanted[#wanted + 1] = 'av|' .. region, count
  end
  local at_place = {}
  for number, name in ipairs(names) do at_place[number] = name .. '|' .. l.location end
  local levels = redis.call('HMGET', l.levels, unpack(at_place))
  for number, name in ipairs(names) do
    local by = wanted[number] - int(levels[number])
    if by ~= 0 or not levels[number] then
      redis.call('HSET', l.levels, at_place[number], wanted[number])
      redis.call('HINCRBY', l.levels, name, by)
    end
  end
  local sellable = 0
  for _, count in pairs(may_sell) do sellable = sellable + count end
  redis.call('HSET', l.projection, 'sku', l.sku, 'location', l.location, 'on_hand', on_hand, 'sellable', sellable,
    'held', int(fields['h:' .. ME]))
end

-- Adopts a newer epoch told by another region; false when the row belongs to an older one.
local function same_epoch(l, told)
  local epoch = int(redis.call('HGET', l.item, 'e'))
  if told < epoch then return false end
  if told > epoch then next_epoch(l, told, 'epoch') end
  return true
end

-- The element-wise maximum of what is known and what is told of one region's counters.
local function merge_growing(l, source, row)
  for name, told in pairs(row) do
    if GROWING[string.sub(name, 1, 1)] then
      local to = string.match(name, '^g:(.+)$')
      local field = to and ('g:' .. source .. ':' .. to) or (name .. ':' .. source)
      if told > int(redis.call('HGET', l.item, field)) then redis.call('HSET', l.item, field, told) end
    end
  end
end

-- Whether a position in a log comes before another.
local function before(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return tonumber(a_ms) < tonumber(b_ms) end
  return tonumber(a_seq) < tonumber(b_seq)
end
