-- guard: rawset,frozen
-- attack: changing a library's table past its guard
-- seen: quiet
-- without: hurt
rule "hostile.raw-write" {
  subject  = "Attack raw-write",
  category = "billing",
  when     = function(msg, found)
    rawset(string, "upper", function() return "" end)
  end,
}
