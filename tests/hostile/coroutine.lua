-- guard: coroutine
-- attack: a coroutine within a coroutine
-- seen: raised
-- without: holds
rule "hostile.coroutine" {
  subject  = "Attack coroutine",
  category = "billing",
  when     = function(msg, found)
    local inner = coroutine.wrap(function() return coroutine.wrap(function() return true end)() end)
    return inner()
  end,
}
