-- AWS Marketplace: offers, subscriptions, payments, and its partners.

rule "marketplace.offer" {
  title    = nocase {
    "You have a new AWS Marketplace private offer{any}", "You have received an AWS Marketplace private offer{any}",
    "AWS Marketplace private offer{any}", "Your AWS Marketplace private offer{any}", "AWS Marketplace offer expir{any}",
    "Your AWS Marketplace offer{any}", "AWS Marketplace プライベートオファー{any}",
  },
  category = "marketplace",
  priority = "normal",
  advice   = {
    ja = "AWS Marketplace のプライベートオファーに関するお知らせです。オファーには有効期限があり、過ぎると受け入れられません。"
      .. "価格・期間・支払いスケジュール・使用条件を確認し、購入の権限がある人が期日までに承諾してください。",
    en = "About a private offer of AWS Marketplace. It has a date after which it cannot be accepted. See price, term, payments and "
      .. "licence, and let whoever may buy accept it in time.",
    url = "https://docs.aws.amazon.com/marketplace/latest/buyerguide/buyer-private-offers.html",
  },
}

rule "marketplace.subscription" {
  title    = nocase {
    "Your AWS Marketplace subscription for {line}", "Your AWS Marketplace subscription{any}", "You accepted an AWS Marketplace offer", "You have subscribed to {line} in AWS Marketplace",
    "AWS Marketplace subscription{any}", "AWS Marketplace agreement{any}", "Your AWS Marketplace agreement{any}",
    "AWS Marketplace contract{any}", "Your AWS Marketplace contract{any}", "AWS Marketplace サブスクリプション{any}",
  },
  category = "marketplace",
  advice   = {
    ja = "AWS Marketplace の製品が購読・承諾・変更・解約されました。自分たちの操作か、"
      .. "料金が AWS の請求に加わってよいかを確認してください。心当たりがなければ、IAM の権限と CloudTrail を確認してください。"
      .. "自動更新の契約は、不要なら更新日までに解除してください。",
    en = "A product of AWS Marketplace was subscribed to, accepted, changed or ended. See that it was one of you, since it is paid with "
      .. "the AWS bill; if not, look at IAM and CloudTrail. Turn off a renewal that is not wanted before its date.",
    url = "https://docs.aws.amazon.com/marketplace/latest/buyerguide/cancel-subscription.html",
  },
}

rule "marketplace.payment" {
  title    = nocase {
    "AWS Marketplace invoice{any}", "AWS Marketplace payment{any}", "Your AWS Marketplace payment{any}",
    "Upcoming AWS Marketplace payment{any}", "AWS Marketplace 請求書{any}",
  },
  category = "marketplace",
}

-- Whatever else it sends, to buyers and to sellers
rule "marketplace.notice" {
  from     = { "@marketplace.aws", "marketplace@aws.com", "partner-central@aws.com" },
  category = "marketplace",
}

-- By its title alone: the end of an AMI or of a feature is told under such a title too, by rules that come later
rule "marketplace.title" {
  title    = nocase(starts "AWS Marketplace"),
  category = "marketplace",
  general  = true,
}
