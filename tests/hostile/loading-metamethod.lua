-- guard: instructions
-- attack: a metamethod that loops while the file is read
-- seen: load
-- without: loading
local endless = setmetatable({}, { __index = function() while true do end end })
rule "hostile.loading-metamethod" { subject = endless.subject, category = "billing" }
