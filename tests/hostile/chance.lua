-- guard: random
-- attack: drawing lots
-- seen: raised
-- without: holds
rule "hostile.chance" {
  subject  = "Attack chance",
  category = "billing",
  when     = function(msg, found)
    return math.random() < 2
  end,
}
