-- guard: lua
-- attack: two rules of one name
-- seen: load
rule "hostile.loading-twice" { subject = "Attack a", category = "billing" }
rule "hostile.loading-twice" { subject = "Attack b", category = "billing" }
