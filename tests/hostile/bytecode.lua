-- guard: load,bytecode
-- attack: running bytecode, which Lua does not check
-- seen: raised
-- without: holds
rule "hostile.bytecode" {
  subject  = "Attack bytecode",
  category = "billing",
  when     = function(msg, found)
    return load(string.dump(function() return true end), "x", "b")()
  end,
}
