-- guard: collectgarbage
-- attack: changing how memory is collected
-- seen: raised
-- without: holds
rule "hostile.collect-restart" {
  subject  = "Attack collect-restart",
  category = "billing",
  when     = function(msg, found)
    return collectgarbage("generational") ~= nil
  end,
}
