-- guard: memory
-- attack: an action that eats memory
-- seen: acting
-- without: done
-- decides: itself
-- ends: not enough memory
action "hostile_memory" {
  args = {},
  run  = function(ctx, args)
    local t, long = {}, ("long"):rep(250000)
    for i = 1, 400 do t[i] = long .. i end
  end,
}
rule "hostile.actor-memory" { subject = "Attack actor-memory", category = "billing", actions = hostile_memory {} }
