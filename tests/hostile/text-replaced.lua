-- guard: text
-- attack: a replacement larger than what a text may be
-- seen: raised
-- without: holds
rule "hostile.text-replaced" {
  subject  = "Attack text-replaced",
  category = "billing",
  when     = function(msg, found)
    return #((("x"):rep(2000)):gsub("x", ("y"):rep(1000))) > 0
  end,
}
