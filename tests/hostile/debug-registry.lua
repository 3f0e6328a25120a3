-- guard: debug
-- attack: reaching what the engine keeps
-- seen: raised
-- without: holds
rule "hostile.debug-registry" {
  subject  = "Attack debug-registry",
  category = "billing",
  when     = function(msg, found)
    return debug.getregistry()["awsift.modules"] ~= nil
  end,
}
