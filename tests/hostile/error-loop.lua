-- guard: error-text,time
-- attack: an error whose text loops
-- seen: raised
-- without: hung
rule "hostile.error-loop" {
  subject  = "Attack error-loop",
  category = "billing",
  when     = function(msg, found)
    error(setmetatable({}, { __tostring = function() while true do end end }))
  end,
}
