-- guard: json
-- attack: arguments that contain themselves
-- seen: accepted
-- without: crash
-- decides: itself
action "hostile_cyclic" { args = { list = "list" }, run = function() end }
rule "hostile.result-cyclic" {
  subject  = "Attack result-cyclic",
  category = "billing",
  actions  = function()
    local list = { "x" }
    list[2] = list
    return { hostile_cyclic { list = list } }
  end,
}
