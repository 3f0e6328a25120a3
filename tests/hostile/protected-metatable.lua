-- guard: protected
-- attack: giving a shipped table another metatable
-- seen: raised
-- without: hurt
rule "hostile.protected-metatable" {
  subject  = "Attack protected-metatable",
  category = "billing",
  when     = function(msg, found)
    setmetatable(table, { __index = {} })
  end,
}
