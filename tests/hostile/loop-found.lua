-- guard: instructions
-- attack: a loop in a rule that was found before, by way of the found table
-- seen: instructions
-- without: time
rule "hostile.loop-found" {
  subject  = "Attack loop-found",
  category = "billing",
  when     = function(msg, found)
    for _ = 1, math.huge do found.x = found end
  end,
}
