-- guard: sticky
-- attack: a pcall that swallows the end of the budget
-- seen: instructions
-- without: holds
rule "hostile.swallow-loop" {
  subject  = "Attack swallow-loop",
  category = "billing",
  when     = function(msg, found)
    pcall(function() while true do end end)
    return true
  end,
}
