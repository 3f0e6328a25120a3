-- guard: debug
-- attack: reaching into the shipped functions
-- seen: raised
-- without: holds
rule "hostile.debug-upvalue" {
  subject  = "Attack debug-upvalue",
  category = "billing",
  when     = function(msg, found)
    return debug.getupvalue(forward, 1) ~= nil
  end,
}
