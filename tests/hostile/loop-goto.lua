-- guard: instructions
-- attack: an endless loop of goto
-- seen: instructions
-- without: time
rule "hostile.loop-goto" {
  subject  = "Attack loop-goto",
  category = "billing",
  when     = function(msg, found)
    ::again:: goto again
  end,
}
