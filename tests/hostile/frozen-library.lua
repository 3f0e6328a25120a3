-- guard: frozen
-- attack: changing a library for all rules
-- seen: raised
-- without: hurt
rule "hostile.frozen-library" {
  subject  = "Attack frozen-library",
  category = "billing",
  when     = function(msg, found)
    string.upper = function() return "" end
  end,
}
