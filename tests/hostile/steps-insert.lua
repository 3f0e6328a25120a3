-- guard: steps
-- attack: table.insert into a table that says that it is long
-- seen: instructions
-- without: time
rule "hostile.steps-insert" {
  subject  = "Attack steps-insert",
  category = "billing",
  when     = function(msg, found)
    return table.insert(setmetatable({}, { __len = function() return 1 << 40 end }), 1, "x")
  end,
}
