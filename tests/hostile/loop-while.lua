-- guard: instructions
-- attack: an endless loop
-- seen: instructions
-- without: time
rule "hostile.loop-while" {
  subject  = "Attack loop-while",
  category = "billing",
  when     = function(msg, found)
    while true do end
  end,
}
