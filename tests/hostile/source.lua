-- guard: load
-- attack: running source that was put together
-- seen: raised
-- without: holds
rule "hostile.source" {
  subject  = "Attack source",
  category = "billing",
  when     = function(msg, found)
    return load("return true")()
  end,
}
