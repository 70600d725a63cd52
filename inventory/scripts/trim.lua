-- Folds old log entries into sums, so that the ledger still explains every unit. KEYS: 1 log, 2 sums carried forward.
-- ARGV: 1 the entry up to which (not included) entries go, 2 how many at most. Returns how many went.
local entries = redis.call('XRANGE', KEYS[1], '-', '(' .. ARGV[1], 'COUNT', ARGV[2])
for _, entry in ipairs(entries) do
  local fields = {}
  for at = 1, #entry[2], 2 do fields[entry[2][at]] = entry[2][at + 1] end
  for name, value in pairs(fields) do
    if string.sub(name, 1, 1) == '+' and name ~= '+h' then
      redis.call('HINCRBY', KEYS[2], fields.location .. '|' .. fields.sku .. '|' .. string.sub(name, 2), value)
    end
  end
end
if #entries > 0 then
  local ms, sequence = string.match(entries[#entries][1], '^(%d+)-(%d+)$')
  redis.call('XTRIM', KEYS[1], 'MINID', '=', ms .. '-' .. string.format('%d', tonumber(sequence) + 1))
end
return #entries
