-- guard: time
-- attack: a search that goes back over its text again and again
-- seen: time
-- without: hung
rule "hostile.clock-find" {
  subject  = "Attack clock-find",
  category = "billing",
  when     = function(msg, found)
    return (("a"):rep(20000)):find(("a-"):rep(12) .. "b")
  end,
}
