-- guard: instructions,memory
-- attack: an action that is called a million times
-- seen: instructions
-- without: time
-- decides: itself
rule "hostile.actions-million" {
  subject  = "Attack actions-million",
  category = "billing",
  actions  = function(msg, found)
    for i = 1, 1000000 do forward { to = "operators" } end
    while true do end
  end,
}
