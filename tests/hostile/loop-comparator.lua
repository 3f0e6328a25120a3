-- guard: instructions
-- attack: an order function of table.sort without end
-- seen: instructions
-- without: time
rule "hostile.loop-comparator" {
  subject  = "Attack loop-comparator",
  category = "billing",
  when     = function(msg, found)
    table.sort({ 3, 1, 2 }, function() while true do end end)
  end,
}
