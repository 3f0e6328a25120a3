-- guard: memory
-- attack: a pcall that swallows the end of the memory
-- seen: memory
-- without: holds
rule "hostile.memory-swallow" {
  subject  = "Attack memory-swallow",
  category = "billing",
  when     = function(msg, found)
    while not pcall(error) do if not pcall(string.rep, "x", 1 << 20) then break end local s = "x" pcall(function() for _ = 1, 26 do s = s .. s end end) return true end
  end,
}
