-- guard: instructions
-- attack: a metamethod without end
-- seen: instructions
-- without: time
rule "hostile.loop-metamethod" {
  subject  = "Attack loop-metamethod",
  category = "billing",
  when     = function(msg, found)
    local t = setmetatable({}, { __index = function(t, k) while true do k = k .. "" end end })
    return t.x
  end,
}
