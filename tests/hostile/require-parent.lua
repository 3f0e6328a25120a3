-- guard: snapshot,require,jail
-- attack: require of a path that climbs
-- seen: raised
-- without: holds
rule "hostile.require-parent" {
  subject  = "Attack require-parent",
  category = "billing",
  when     = function(msg, found)
    return require("./precious.lua") == "precious"
  end,
}
