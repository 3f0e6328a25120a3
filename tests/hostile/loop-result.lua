-- guard: instructions
-- attack: a list of actions that loops while it is read
-- seen: instructions
-- without: time
-- decides: itself
rule "hostile.loop-result" {
  subject  = "Attack loop-result",
  category = "billing",
  actions  = function(msg, found)
    return setmetatable({}, { __index = function() while true do end end })
  end,
}
