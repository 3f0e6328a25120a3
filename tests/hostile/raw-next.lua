-- guard: rawset
-- attack: walking in the order of addresses
-- seen: quiet
-- without: holds
rule "hostile.raw-next" {
  subject  = "Attack raw-next",
  category = "billing",
  when     = function(msg, found)
    return next({ true }) == 1
  end,
}
