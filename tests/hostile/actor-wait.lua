-- guard: lua
-- attack: an action that waits where nobody can
-- seen: acting
-- decides: itself
-- ends: cannot wait in here
action "hostile_wait" {
  args = {},
  run  = function(ctx, args)
    table.sort({ 2, 1 }, function() sleep(1) end)
  end,
}
rule "hostile.actor-wait" { subject = "Attack actor-wait", category = "billing", actions = hostile_wait {} }
