-- guard: memory,address-space
-- attack: an error whose text has 100 MB
-- seen: memory
-- without: raised
rule "hostile.memory-error" {
  subject  = "Attack memory-error",
  category = "billing",
  when     = function(msg, found)
    local s = ("x"):rep(1000000)
    local t = {}
    for i = 1, 10 do s = i < 8 and s .. s or s end
    error(s)
  end,
}
