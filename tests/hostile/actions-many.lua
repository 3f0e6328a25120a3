-- guard: actions
-- attack: far more actions than a mail may have
-- seen: limit
-- without: many
-- decides: itself
rule "hostile.actions-many" {
  subject  = "Attack actions-many",
  category = "billing",
  actions  = function(msg, found)
    local list = {}
    for i = 1, 1000 do list[i] = forward { to = "operators", text = "n " .. i } end
    return list
  end,
}
