-- Serves one order all-or-nothing, first expiring first. The server runs a script undisturbed.
--   KEYS[1]  the order's key
--   ARGV     order, then line, item, units for each line; the items are distinct
--   a<item>  units available         z<item>  open rows, scored by expiry day
--   u<row>   units of an open row    allocation  list: packed order, line, row, units
-- A row's name has a fixed width, so rows of one day stand in row order.
-- Answers the number of allocation rows, 0 when short; a known key gives the old answer.
local call = redis.call
local known = call('GET', KEYS[1])
if known then return tonumber(known) end
local counters = {}
for i = 3, #ARGV, 3 do counters[#counters + 1] = 'a' .. ARGV[i] end
local available = call('MGET', unpack(counters))
for i = 1, #counters do
  if tonumber(available[i]) < tonumber(ARGV[3 * i + 1]) then
    call('SET', KEYS[1], 0)
    return 0
  end
end
local order, written = tonumber(ARGV[1]), {}
for i = 1, #counters do
  local line, missing = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i + 1])
  local rows_key = 'z' .. ARGV[3 * i]
  call('DECRBY', counters[i], missing)
  -- Most lines are served by the first row; only then is the next one asked for.
  while missing > 0 do
    local row = call('ZRANGE', rows_key, 0, 0)[1]
    local units = tonumber(call('GET', 'u' .. row))
    local taken = units
    if units > missing then
      taken = missing
      call('DECRBY', 'u' .. row, taken)
    else
      call('ZREM', rows_key, row)
      call('DEL', 'u' .. row)
    end
    written[#written + 1] = struct.pack('<iiii', order, line, tonumber(row), taken)
    missing = missing - taken
  end
end
call('RPUSH', 'allocation', table.concat(written))
call('SET', KEYS[1], #written)
return #written
