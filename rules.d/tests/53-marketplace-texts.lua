-- Each text that the rules of 53-marketplace.lua know.
local each = require "each_text"

each("marketplace.offer", "marketplace", "no-reply-aws@amazon.com", {
  "You have a new AWS Marketplace private offer", "You have received an AWS Marketplace private offer - please read",
  "AWS Marketplace private offer", "Your AWS Marketplace private offer (prod)", "AWS Marketplace offer expires in 30 days",
  "Your AWS Marketplace offer", "AWS Marketplace プライベートオファー - please read",
}, { priority = "normal" })

each("marketplace.subscription", "marketplace", "no-reply-aws@amazon.com", {
  "Your AWS Marketplace subscription for example", "Your AWS Marketplace subscription", "You accepted an AWS Marketplace offer",
  "You have subscribed to example in AWS Marketplace", "AWS Marketplace subscription (prod)", "AWS Marketplace agreement",
  "Your AWS Marketplace agreement - please read", "AWS Marketplace contract", "Your AWS Marketplace contract (prod)",
  "AWS Marketplace サブスクリプション",
})

each("marketplace.payment", "marketplace", "no-reply-aws@amazon.com", {
  "AWS Marketplace invoice - please read", "AWS Marketplace payment", "Your AWS Marketplace payment (prod)",
  "Upcoming AWS Marketplace payment", "AWS Marketplace 請求書のお知らせ",
})
