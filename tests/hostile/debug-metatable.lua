-- guard: debug
-- attack: changing the metatable of texts through debug
-- seen: raised
-- without: hurt
rule "hostile.debug-metatable" {
  subject  = "Attack debug-metatable",
  category = "billing",
  when     = function(msg, found)
    debug.setmetatable("", { __index = {} })
  end,
}
