-- guard: lua
-- attack: string.format with a width of five digits
-- seen: raised
rule "hostile.format-width" {
  subject  = "Attack format-width",
  category = "billing",
  when     = function(msg, found)
    return string.format("%99999d", 1)
  end,
}
