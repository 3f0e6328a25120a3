-- guard: gc
-- attack: a handler that runs when memory is collected, outside of every budget
-- seen: raised
-- without: time
rule "hostile.collect-handler" {
  subject  = "Attack collect-handler",
  category = "billing",
  when     = function(msg, found)
    for _ = 1, 3000 do setmetatable({}, { __gc = function() while true do end end }) end
    for _ = 1, 40 do local s = ("x"):rep(1 << 20) end
  end,
}
