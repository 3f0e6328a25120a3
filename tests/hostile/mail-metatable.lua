-- guard: metatables
-- attack: changing what all mails show
-- seen: raised
-- without: hurt
rule "hostile.mail-metatable" {
  subject  = "Attack mail-metatable",
  category = "billing",
  when     = function(msg, found)
    getmetatable(msg).__index = function() return "" end
  end,
}
