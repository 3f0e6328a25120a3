-- guard: addresses
-- attack: an address by %p behind a NUL
-- seen: raised
-- without: holds
rule "hostile.address-nul" {
  subject  = "Attack address-nul",
  category = "billing",
  when     = function(msg, found)
    return string.format("\0%p", {}):find("0x") ~= nil
  end,
}
