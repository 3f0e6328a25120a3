-- guard: instructions
-- attack: an endless loop while the file is loaded
-- seen: load
-- without: loading
while true do end
