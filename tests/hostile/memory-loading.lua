-- guard: memory,address-space
-- attack: a file that eats memory while it is loaded
-- seen: load
-- without: loads
local t = {}
for i = 1, 400 do t[i] = ("x"):rep(1000000) .. i end
