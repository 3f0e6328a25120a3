-- guard: time
-- attack: a replacement whose pattern goes back again and again
-- seen: time
-- without: hung
rule "hostile.clock-gsub" {
  subject  = "Attack clock-gsub",
  category = "billing",
  when     = function(msg, found)
    return (("a"):rep(20000)):gsub(("a*"):rep(12) .. "b", "")
  end,
}
