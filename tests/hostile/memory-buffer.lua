-- guard: memory,text,steps,address-space
-- attack: a replacement that grows inside of one call
-- seen: memory
-- without: holds
rule "hostile.memory-buffer" {
  subject  = "Attack memory-buffer",
  category = "billing",
  when     = function(msg, found)
    local s, r = ("x"):rep(200), ("y"):rep(1 << 20)
    local grown = s:gsub("x", r)
    return #grown > 0
  end,
}
