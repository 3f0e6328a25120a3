-- guard: environment
-- attack: globals of one file that change another's
-- seen: quiet
-- without: hurt
tostring = function() return "" end
rule "hostile.shared-globals" { subject = "Attack shared-globals", category = "billing", when = function() return false end }
