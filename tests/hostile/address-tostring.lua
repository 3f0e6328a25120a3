-- guard: addresses
-- attack: an address as text
-- seen: quiet
-- without: holds
rule "hostile.address-tostring" {
  subject  = "Attack address-tostring",
  category = "billing",
  when     = function(msg, found)
    return tostring({}):find("0x") ~= nil
  end,
}
