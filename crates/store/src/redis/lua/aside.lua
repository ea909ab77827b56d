-- ARGV: the lock's value, the damaged value. Moves it to KEYS[3], unless somebody has saved since.
local found = state()
if redis.call('GET', KEYS[2]) ~= ARGV[1] or found[1] ~= ARGV[2] then return found end
redis.call('RENAME', KEYS[1], KEYS[3])
return {}
