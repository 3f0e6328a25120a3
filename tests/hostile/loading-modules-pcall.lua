-- guard: modules,frozen
-- attack: the same behind a pcall, which hides who asks
-- seen: load
-- without: loads
local _, problem = pcall(require, "awsift.problem")
problem.report = function() end
rule "hostile.loading-modules-pcall" { subject = "Attack loading-modules-pcall", categori = "a mistake that nobody hears of" }
