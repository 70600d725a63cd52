-- Stores a document if nobody has changed it since it was read. KEYS: the document. ARGV: the version it was read with
-- (0: it must not be there yet), the new document as JSON, seconds to keep it (0: for good). Returns 1 when stored.
local stored = redis.call('JSON.GET', KEYS[1], '.version')
if (tonumber(stored or '0') or 0) ~= tonumber(ARGV[1]) then return 0 end
redis.call('JSON.SET', KEYS[1], '$', ARGV[2])
if ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
return 1
