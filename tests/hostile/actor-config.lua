-- guard: frozen
-- attack: an action that changes the configuration for the others
-- seen: acting
-- without: done
-- decides: itself
-- ends: read-only
action "hostile_config" {
  args = {},
  run  = function(ctx, args)
    config.channels.x = { url = "http://127.0.0.1:9" }
    config.operators = {}
  end,
}
rule "hostile.actor-config" { subject = "Attack actor-config", category = "billing", actions = hostile_config {} }
