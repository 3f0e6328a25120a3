-- guard: collectgarbage
-- attack: asking how full the memory is, which depends on other mails
-- seen: raised
-- without: holds
rule "hostile.collect-count" {
  subject  = "Attack collect-count",
  category = "billing",
  when     = function(msg, found)
    return collectgarbage("count") > 0
  end,
}
