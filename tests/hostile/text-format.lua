-- guard: text
-- attack: string.format of many long texts
-- seen: raised
-- without: holds
rule "hostile.text-format" {
  subject  = "Attack text-format",
  category = "billing",
  when     = function(msg, found)
    local s = ("x"):rep(100000)
    return #string.format(("%s"):rep(20), s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s) > 0
  end,
}
