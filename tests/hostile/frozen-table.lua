-- guard: frozen
-- attack: changing another library for all rules
-- seen: raised
-- without: hurt
rule "hostile.frozen-table" {
  subject  = "Attack frozen-table",
  category = "billing",
  when     = function(msg, found)
    table.sort = nil
  end,
}
