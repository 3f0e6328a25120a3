-- guard: instructions
-- attack: a for loop whose iterator never ends
-- seen: instructions
-- without: time
rule "hostile.loop-iterator" {
  subject  = "Attack loop-iterator",
  category = "billing",
  when     = function(msg, found)
    for _ in function() return 1 end do end
  end,
}
