-- guard: instructions
-- attack: a concatenation handler without end
-- seen: instructions
-- without: time
rule "hostile.loop-concat" {
  subject  = "Attack loop-concat",
  category = "billing",
  when     = function(msg, found)
    return setmetatable({}, { __concat = function() while true do end end }) .. "x"
  end,
}
