-- guard: debug
-- attack: taking the budget's hook away
-- seen: raised
-- without: time
rule "hostile.debug-hook" {
  subject  = "Attack debug-hook",
  category = "billing",
  when     = function(msg, found)
    debug.sethook()
    while true do end
  end,
}
