-- guard: steps
-- attack: table.move over more places than there are
-- seen: instructions
-- without: time
rule "hostile.steps-move" {
  subject  = "Attack steps-move",
  category = "billing",
  when     = function(msg, found)
    return table.move({}, 1, 1 << 40, 2)
  end,
}
