-- guard: gc
-- attack: the same, behind an __index
-- seen: raised
-- without: holds
rule "hostile.collect-handler-hidden" {
  subject  = "Attack collect-handler-hidden",
  category = "billing",
  when     = function(msg, found)
    setmetatable({}, setmetatable({ __gc = true }, { __index = { __gc = true } }))
    return true
  end,
}
