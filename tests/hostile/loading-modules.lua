-- guard: modules,frozen
-- attack: reaching through require into what the language is made of
-- seen: load
-- without: loads
require("awsift.problem").report = function() end
rule "hostile.loading-modules" { subject = "Attack loading-modules", categori = "a mistake that nobody hears of" }
