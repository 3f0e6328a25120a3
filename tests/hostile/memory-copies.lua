-- guard: memory,address-space
-- attack: a large text that is made over and over: little work for Lua, much for the machine
-- seen: memory
-- without: holds
rule "hostile.memory-copies" {
  subject  = "Attack memory-copies",
  category = "billing",
  when     = function(msg, found)
    for _ = 1, 100 do local s = ("x"):rep(1000000) end
    return true
  end,
}
