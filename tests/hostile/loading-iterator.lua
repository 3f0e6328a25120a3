-- guard: lasting
-- attack: an iterator that would go on from mail to mail
-- seen: load
-- without: loads
local each = ("a b c"):gmatch("%a")
rule "hostile.loading-iterator" { subject = "Attack loading-iterator", category = "billing", when = function() return each() == "b" end }
