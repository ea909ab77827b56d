-- Whether there is anything in KEYS[3].
if redis.call('TYPE', KEYS[3]).ok == 'none' then return 0 end
return 1
