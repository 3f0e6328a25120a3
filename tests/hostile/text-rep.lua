-- guard: text,memory,steps
-- attack: string.rep of far too many
-- seen: raised
-- without: holds
rule "hostile.text-rep" {
  subject  = "Attack text-rep",
  category = "billing",
  when     = function(msg, found)
    return #("x"):rep(100000000) > 0
  end,
}
