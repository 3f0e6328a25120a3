-- guard: steps,memory,address-space
-- attack: table.sort of a table that says that it is long
-- seen: instructions
-- without: time
rule "hostile.steps-sort" {
  subject  = "Attack steps-sort",
  category = "billing",
  when     = function(msg, found)
    return table.sort(setmetatable({}, { __len = function() return 1 << 30 end }))
  end,
}
