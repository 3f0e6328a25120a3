-- guard: instructions
-- attack: an endless loop while actions are made
-- seen: instructions
-- without: time
-- decides: itself
rule "hostile.loop-actions" {
  subject  = "Attack loop-actions",
  category = "billing",
  actions  = function(msg, found)
    while true do end
  end,
}
