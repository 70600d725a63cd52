-- Notes, by this node's own clock, that a region has been heard of. KEYS: 1 when each was heard. ARGV: 1 the region.
local clock = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], clock[1] * 1000 + math.floor(clock[2] / 1000))
