-- guard: memory
-- attack: a text that doubles
-- seen: memory
-- without: holds
rule "hostile.memory-doubling" {
  subject  = "Attack memory-doubling",
  category = "billing",
  when     = function(msg, found)
    local s = "x"
    for _ = 1, 26 do s = s .. s end
    return true
  end,
}
