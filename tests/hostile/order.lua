-- guard: order
-- attack: the order in which keys happen to lie
-- seen: quiet
-- without: holds
rule "hostile.order" {
  subject  = "Attack order",
  category = "billing",
  when     = function(msg, found)
    local t, last = {}, ""
    for letter in ("qwertyuiopasdfghjklzxcvbnm"):gmatch(".") do t[letter] = true end
    for letter in pairs(t) do if letter < last then return true end last = letter end
  end,
}
