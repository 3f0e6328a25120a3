-- Each text that the rules of 55-certificate.lua know.
local each = require "each_text"

each("certificate.request", "certificate", "no-reply@amazonaws.com", {
  "Certificate request for shop.example.com", "Certificate request for domain name", "Certificate approval for shop.example.com",
  "shop.example.com の証明書リクエスト", "shop.example.com の証明書のリクエスト",
}, { priority = "high" })

each("certificate.renewal-needed", "certificate", "no-reply@amazonaws.com", {
  "Your certificate renewal - please read", "Your ACM certificate renewal", "Certificate renewal for shop.example.com (prod)",
  "Your certificate is about to expire", "Your certificate is expiring - please read", "Your certificate will expire",
  "Your ACM certificate is about to expire (prod)", "Your ACM certificate will expire", "Your ACM certificate is expiring - please read",
  "AWS Certificate Manager certificate expires in 30 days", "ACM certificate expires in 30 days",
  "ACM Certificate Approaching Expiration", "ACM 証明書の更新について", "ACM 証明書の有効期限", "証明書の更新が必要ですのお知らせ",
}, { priority = "high" })
