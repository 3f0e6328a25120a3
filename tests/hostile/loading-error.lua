-- guard: lua
-- attack: a file that raises
-- seen: load
error { code = 1 }
