-- guard: steps
-- attack: table.remove from a table that says that it is long
-- seen: instructions
-- without: time
rule "hostile.steps-remove" {
  subject  = "Attack steps-remove",
  category = "billing",
  when     = function(msg, found)
    return table.remove(setmetatable({}, { __len = function() return 1 << 40 end }), 1)
  end,
}
