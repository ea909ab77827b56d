-- ARGV: the lock's value, the lease in milliseconds. Reads first: what fails there leaves no lock behind.
local found = state()
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
return found
