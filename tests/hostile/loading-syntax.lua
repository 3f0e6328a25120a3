-- guard: lua
-- attack: a file that is no Lua
-- seen: load
rule = = 1
