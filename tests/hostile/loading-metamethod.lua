-- guard: instructions
-- attack: a rule that loops while it is read
-- seen: load
-- without: loading
rule "hostile.loading-metamethod" (setmetatable({}, { __index = function() while true do end end }))
