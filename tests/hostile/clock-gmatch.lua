-- guard: time
-- attack: an iteration over matches whose pattern goes back again and again
-- seen: time
-- without: hung
rule "hostile.clock-gmatch" {
  subject  = "Attack clock-gmatch",
  category = "billing",
  when     = function(msg, found)
    for _ in (("a"):rep(20000)):gmatch(("a-"):rep(12) .. "b") do end
  end,
}
