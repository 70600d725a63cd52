-- Leaves a return for the region that sold: only there can it count once. KEYS[3] are the requests for that region.
-- ARGV: location, SKU, quantity, region. Returns {requested}.
redis.call('HSETNX', KEYS[3], OP, cjson.encode({ARGV[6], ARGV[7], tonumber(ARGV[8]), WHO, WHY}))
redis.call('XADD', KEYS[1], '*', 'op', OP, 'kind', 'request', 'location', ARGV[6], 'sku', ARGV[7],
  'quantity', ARGV[8], 'who', WHO, 'why', WHY, 'at', NOW, 'peer', ARGV[9])
return cjson.encode({requested = true})
