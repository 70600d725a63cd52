-- What a region tells of some items of a bucket, read at one moment. KEYS: 1 the log; then one per item.
-- ARGV: 1 the position in the log up to which is told, 2 how many later entries are wanted at most.
-- Returns {the later entries, the items' fields …}.
local told = {redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])}
for at = 2, #KEYS do told[at] = redis.call('HGETALL', KEYS[at]) end
return told
