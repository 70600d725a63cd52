-- Ends one bucket's part of a hold. ARGV: what becomes of it (confirmed, released, expired, undone), the lines as JSON,
-- their number; then location, SKU, quantity each, all as when they were held.
-- forgotten after undone: it never was. Not at once, since the part that decides must say 'undone' until all parts are:
-- another run of the same hold could otherwise count on a part that is just being given back.
-- Only a hold that is still held changes; expired needs its time to be over. Returns what became of it, now or earlier:
-- unknown when there is no such hold, or not of these lines; retired when an item of it was.
local known = redis.call('HMGET', KEYS[3], 'state', 'expires', 'lines', 'epochs')
local state, wanted = known[1], ARGV[6]
if not state then return 'unknown' end
if state == 'undone' and wanted == 'forgotten' then redis.call('DEL', KEYS[3]) end
if state ~= 'held' or wanted == 'forgotten' or (wanted == 'expired' and tonumber(known[2]) > NOW) then return state end
if known[3] ~= ARGV[7] then return 'unknown' end
local lines, number = {}, 0
for epoch in string.gmatch(known[4], '%d+') do
  number = number + 1
  local at = OWN_ARGUMENTS + 3 + (number - 1) * 3
  local l = line(number, ARGV[at + 1], ARGV[at + 2])
  l.quantity, l.current = tonumber(ARGV[at + 3]), l.e == tonumber(epoch)
  lines[number] = l
  if wanted == 'confirmed' and not l.current then wanted = 'retired' end
end
for _, l in ipairs(lines) do
  -- Otherwise its epoch went, and the hold with it.
  if l.current then
    if wanted == 'confirmed' then
      change(l, 'sale', -l.quantity, {u = l.quantity, h = -l.quantity})
    else
      change(l, 'release', l.quantity, {h = -l.quantity})
      settle(l)
    end
    close(l)
  end
end
redis.call('ZREM', KEYS[4], OP)
redis.call('HSET', KEYS[3], 'state', wanted)
redis.call('EXPIRE', KEYS[3], KEEP_SECONDS)
return wanted
