-- guard: os
-- attack: reading the environment
-- seen: raised
-- without: holds
rule "hostile.environment" {
  subject  = "Attack environment",
  category = "billing",
  when     = function(msg, found)
    return os.getenv("TZ") ~= nil
  end,
}
