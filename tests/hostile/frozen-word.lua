-- guard: frozen
-- attack: changing os for all rules
-- seen: raised
-- without: hurt
rule "hostile.frozen-word" {
  subject  = "Attack frozen-word",
  category = "billing",
  when     = function(msg, found)
    os.time = function() return 0 end
  end,
}
