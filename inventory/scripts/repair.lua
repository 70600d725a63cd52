-- Brings what follows from an item's counters in line with them: levels, projections, digests. A line per item of the
-- bucket. ARGV: the lines as JSON: [[location, sku], …]. Returns how many items there were.
local items = cjson.decode(ARGV[6])
local versions, levels = {}, {}
for number, item in ipairs(items) do
  local l = bare_line(number, item[1], item[2])
  redis.call('SADD', KEYS[5], l.sku)
  relevel(l)
  levels[l.levels] = true
  for name, value in pairs(fields_of(l.item)) do
    local region = string.match(name, '^v:(.+)$')
    if region then versions[region] = (versions[region] or 0) + int(value) end
  end
end
for key in pairs(levels) do
  local sums = {}
  for name, value in pairs(fields_of(key)) do
    local total = string.match(name, '^(oh)|') or string.match(name, '^(av|[^|]+)|')
    if total then sums[total] = (sums[total] or 0) + int(value) end
  end
  for name, sum in pairs(sums) do redis.call('HSET', key, name, sum) end
end
redis.call('DEL', KEYS[2])
for region, sum in pairs(versions) do redis.call('HSET', KEYS[2], region, sum) end
return #items
