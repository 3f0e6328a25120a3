-- guard: sticky
-- attack: pcalls within pcalls that swallow the end of the budget
-- seen: instructions
-- without: holds
rule "hostile.swallow-deep" {
  subject  = "Attack swallow-deep",
  category = "billing",
  when     = function(msg, found)
    pcall(pcall, pcall, function() while true do end end)
    return true
  end,
}
