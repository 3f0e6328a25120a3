-- guard: instructions
-- attack: an action without end
-- seen: acting
-- without: stood still
-- decides: itself
-- ends: budget of instructions
action "hostile_loop" {
  args = {},
  run  = function(ctx, args)
    while true do end
  end,
}
rule "hostile.actor-loop" { subject = "Attack actor-loop", category = "billing", actions = hostile_loop {} }
