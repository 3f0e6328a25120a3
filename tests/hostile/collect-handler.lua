-- guard: gc
-- attack: a handler that runs when memory is collected, outside of every budget
-- seen: raised
-- without: undecided
rule "hostile.collect-handler" {
  subject  = "Attack collect-handler",
  category = "billing",
  when     = function(msg, found)
    for _ = 1, 3000 do setmetatable({}, { __gc = function() while true do end end }) end
    for _ = 1, 4 do local s = ("x"):rep(1 << 20) end
  end,
}
