-- guard: instructions
-- attack: an endless loop around pcall
-- seen: instructions
-- without: time
rule "hostile.loop-pcall" {
  subject  = "Attack loop-pcall",
  category = "billing",
  when     = function(msg, found)
    while true do pcall(error, "again") end
  end,
}
