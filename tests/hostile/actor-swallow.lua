-- guard: sticky
-- attack: an action that swallows the end of its budget
-- seen: acting
-- without: stood still
-- decides: itself
-- ends: budget of instructions
action "hostile_swallow" {
  args = {},
  run  = function(ctx, args)
    while true do pcall(function() while true do end end) end
  end,
}
rule "hostile.actor-swallow" { subject = "Attack actor-swallow", category = "billing", actions = hostile_swallow {} }
