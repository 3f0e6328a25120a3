-- guard: lua
-- attack: actions that are none
-- seen: actions
-- decides: itself
rule "hostile.actions-nonsense" {
  subject  = "Attack actions-nonsense",
  category = "billing",
  actions  = function(msg, found)
    return { 1, print, {} }
  end,
}
