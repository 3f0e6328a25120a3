-- guard: lua
-- attack: an action whose error has a text that raises
-- seen: acting
-- decides: itself
-- ends: an error object
action "hostile_error" {
  args = {},
  run  = function(ctx, args)
    error(setmetatable({}, { __tostring = function() error("again") end }))
  end,
}
rule "hostile.actor-error" { subject = "Attack actor-error", category = "billing", actions = hostile_error {} }
