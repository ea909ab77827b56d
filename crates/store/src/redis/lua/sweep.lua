-- ARGV: a value that nobody can read any more, or ''. Removes what was moved aside, and that value if it is still there.
local aside, record = redis.call('DEL', KEYS[3]), 0
if ARGV[1] ~= '' and redis.call('GET', KEYS[1]) == ARGV[1] then record = redis.call('DEL', KEYS[1]) end
return {record, aside}
