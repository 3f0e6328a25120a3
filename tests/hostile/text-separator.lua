-- guard: text,memory,steps
-- attack: string.rep of nothing with a separator
-- seen: raised
-- without: holds
rule "hostile.text-separator" {
  subject  = "Attack text-separator",
  category = "billing",
  when     = function(msg, found)
    return #(""):rep(30000000, "xx") > 0
  end,
}
