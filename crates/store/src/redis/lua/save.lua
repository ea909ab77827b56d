-- ARGV: the revision to replace, the lock's value or '' where the lease does not count, the new revision, the record, its
-- time to live in milliseconds or ''. One write at the very end: an error means that nothing was saved.
local found, revision = state()
if revision ~= ARGV[1] then return {'conflict', found} end
if ARGV[2] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[2] then return {'lease gone', found} end
local head = string.format('%.0f', now) .. ' ' .. ARGV[3]
local value = head .. ' ' .. redis.sha1hex(head) .. '\n' .. ARGV[4]
if ARGV[5] == '' then
  redis.call('SET', KEYS[1], value)
else
  redis.call('SET', KEYS[1], value, 'PX', ARGV[5])
end
return {'saved', {}}
