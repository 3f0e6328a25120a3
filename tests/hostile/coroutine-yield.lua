-- guard: coroutine
-- attack: yielding where nobody resumes
-- seen: raised
-- without: holds
rule "hostile.coroutine-yield" {
  subject  = "Attack coroutine-yield",
  category = "billing",
  when     = function(msg, found)
    return coroutine.isyieldable() == false and coroutine.running() ~= nil
  end,
}
