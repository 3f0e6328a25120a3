-- guard: snapshot,require,jail
-- attack: require of a file outside of the rule folders
-- seen: raised
-- without: holds
rule "hostile.require-outside" {
  subject  = "Attack require-outside",
  category = "billing",
  when     = function(msg, found)
    return require("precious.lua") == "precious"
  end,
}
