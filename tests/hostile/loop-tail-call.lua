-- guard: instructions
-- attack: tail calls without end, which need no stack
-- seen: instructions
-- without: time
rule "hostile.loop-tail-call" {
  subject  = "Attack loop-tail-call",
  category = "billing",
  when     = function(msg, found)
    local function f() return f() end
    return f()
  end,
}
