-- guard: text
-- attack: a joined text larger than what a text may be
-- seen: raised
-- without: holds
rule "hostile.text-joined" {
  subject  = "Attack text-joined",
  category = "billing",
  when     = function(msg, found)
    local t = {}
    for i = 1, 30 do t[i] = ("x"):rep(100000) end
    return #table.concat(t) > 0
  end,
}
