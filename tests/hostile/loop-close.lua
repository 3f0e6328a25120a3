-- guard: instructions
-- attack: a closing handler without end, run while the error of the budget passes by
-- seen: instructions
-- without: time
rule "hostile.loop-close" {
  subject  = "Attack loop-close",
  category = "billing",
  when     = function(msg, found)
    local x <close> = setmetatable({}, { __close = function() while true do end end })
    while true do end
  end,
}
