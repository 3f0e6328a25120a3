-- guard: steps,memory,address-space
-- attack: table.concat of a table that has everything
-- seen: instructions
-- without: time
rule "hostile.steps-concat" {
  subject  = "Attack steps-concat",
  category = "billing",
  when     = function(msg, found)
    return table.concat(setmetatable({}, { __index = tostring }), "", 1, 1 << 40)
  end,
}
