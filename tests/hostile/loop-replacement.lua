-- guard: instructions
-- attack: a replacement function of gsub without end
-- seen: instructions
-- without: time
rule "hostile.loop-replacement" {
  subject  = "Attack loop-replacement",
  category = "billing",
  when     = function(msg, found)
    return ("x"):gsub("x", function() while true do end end)
  end,
}
