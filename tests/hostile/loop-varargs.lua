-- guard: instructions
-- attack: arguments that are counted without end
-- seen: instructions
-- without: time
rule "hostile.loop-varargs" {
  subject  = "Attack loop-varargs",
  category = "billing",
  when     = function(msg, found)
    local function f(...) return f(select("#", ...)) end
    return f(1)
  end,
}
