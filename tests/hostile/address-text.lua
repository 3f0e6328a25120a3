-- guard: addresses
-- attack: an address by %s
-- seen: quiet
-- without: holds
rule "hostile.address-text" {
  subject  = "Attack address-text",
  category = "billing",
  when     = function(msg, found)
    return string.format("%s", {}):find("0x") ~= nil
  end,
}
