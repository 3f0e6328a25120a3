-- guard: json
-- attack: one text in ten thousand places
-- seen: limit
-- without: accepted
-- decides: itself
action "hostile_enormous" { args = { list = "list" }, run = function() end }
rule "hostile.result-enormous" {
  subject  = "Attack result-enormous",
  category = "billing",
  actions  = function()
    local list, text = {}, ("x"):rep(20000)
    for i = 1, 9000 do list[i] = text end
    return { hostile_enormous { list = list } }
  end,
}
