-- guard: frozen
-- attack: an action that changes what the others call
-- seen: acting
-- without: done
-- decides: itself
-- ends: read-only
action "hostile_words" {
  args = {},
  run  = function(ctx, args)
    http.post = function() return { status = 200 } end
  end,
}
rule "hostile.actor-words" { subject = "Attack actor-words", category = "billing", actions = hostile_words {} }
