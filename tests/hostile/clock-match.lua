-- guard: time
-- attack: a match with nested repetitions
-- seen: time
-- without: hung
rule "hostile.clock-match" {
  subject  = "Attack clock-match",
  category = "billing",
  when     = function(msg, found)
    return (("a"):rep(800)):match(".-.-.-.-.-.-b")
  end,
}
