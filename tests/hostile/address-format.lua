-- guard: addresses
-- attack: an address by %p
-- seen: raised
-- without: holds
rule "hostile.address-format" {
  subject  = "Attack address-format",
  category = "billing",
  when     = function(msg, found)
    return string.format("%p", {}):find("0x") ~= nil
  end,
}
