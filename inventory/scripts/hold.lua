-- Sets units aside for a while: all lines of one bucket, or none. ARGV: milliseconds to hold, the bucket that decides
-- for all parts of the hold, the lines as JSON, their number; then location, SKU, quantity each. KEYS[3] is the hold.
-- Returns {what became of it ('held', at first), when it expires}, or {'short', what is available of each line}.
local known = redis.call('HMGET', KEYS[3], 'state', 'expires')
if known[1] then return known end
local lasts, decider, count = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[9])
local lines, seen, short = {}, {'short'}, false
for number = 1, count do
  local at = OWN_ARGUMENTS + 4 + (number - 1) * 3
  local l = line(number, ARGV[at + 1], ARGV[at + 2])
  l.quantity = tonumber(ARGV[at + 3])
  demanded(l, l.quantity)
  lines[number], seen[number + 1] = l, l.available
  short = short or l.available < l.quantity
end
if short then
  for _, l in ipairs(lines) do note_demand(l) end
  return seen
end
local expires, epochs = NOW + lasts, ''
for _, l in ipairs(lines) do epochs = epochs .. l.e .. ' ' end
-- The whole hold stands in the log, by its first line, so that a node that loses it can be given it back.
lines[1].more = {'lines', ARGV[8], 'epochs', epochs, 'expires', string.format('%d', expires), 'decider', decider}
for _, l in ipairs(lines) do
  change(l, 'hold', l.quantity, {h = l.quantity})
  close(l)
end
redis.call('HSET', KEYS[3], 'state', 'held', 'expires', expires, 'decider', decider, 'lines', ARGV[8], 'epochs', epochs)
redis.call('ZADD', KEYS[4], expires, OP)
return {'held', expires}
