-- Each text that the rules of 54-domain.lua know.
local each = require "each_text"

each("domain.verification", "domain", "noreply@registrar.amazon", {
  "Verify your email address for shop.example.com", "Email Address Verification", "About example.com: verif", "About example.com: 検証",
  "About example.com: 確認のお願い",
})

each("domain.suspended", "domain", "noreply@registrar.amazon", {
  "About example.com: suspended", "About example.com: suspension", "About example.com: clientHold", "About example.com: deleted",
  "About example.com: 停止されました", "About example.com: 削除されました",
}, { priority = "urgent" })

each("domain.transfer", "domain", "noreply@registrar.amazon", {
  "About example.com: transfer", "About example.com: authorization code", "About example.com: 移管",
}, { priority = "urgent" })

each("domain.contact-change", "domain", "noreply@registrar.amazon", {
  "About example.com: contact", "About example.com: registrant", "About example.com: owner", "About example.com: 連絡先",
  "About example.com: 登録者", "About example.com: WHOIS",
})

each("domain.renewal", "domain", "noreply@registrar.amazon", {
  "About example.com: renew", "About example.com: expir", "About example.com: 更新", "About example.com: 有効期限",
})
