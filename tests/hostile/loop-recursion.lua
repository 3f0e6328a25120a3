-- guard: instructions,memory,address-space
-- attack: recursion without end
-- seen: instructions
-- without: raised
rule "hostile.loop-recursion" {
  subject  = "Attack loop-recursion",
  category = "billing",
  when     = function(msg, found)
    local function f() return 1 + f() end
    return f()
  end,
}
