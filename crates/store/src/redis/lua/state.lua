-- A value is a head, its SHA-1 and a line end, then the record. The head is the time of the save in milliseconds and the
-- revision. Here because this clock wrote the time, and no client can vouch for it.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- What KEYS[1] holds: {}, or {value, milliseconds since its save}, or {value, false} if it is torn or not ours. And its
-- revision: '' of nothing, nil of what is torn.
local function state()
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind == 'none' then return {}, '' end
  if kind ~= 'string' then return {'', false}, nil end
  local value = redis.call('GET', KEYS[1])
  local head, sum = string.match(value, '^(%d+ %x+) (%x+)\n')
  if not head or redis.sha1hex(head) ~= sum then return {value, false}, nil end
  local saved, revision = string.match(head, '^(%d+) (%x+)$')
  return {value, now - saved}, revision
end
