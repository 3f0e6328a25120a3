-- Domains registered with Route 53 or Lightsail: Amazon Registrar writes, or its associate Gandi, whose mail is genuine and not Amazon's.
-- The sender decides; the title only says what is to be done.

local registrar = {
  "@registrar.amazon", "@registrar.amazon.com", "route53-dev-admin@amazon.com", "noreply@domainnameverification.net",
  "noreply@emailverification.info",
}

rule "domain.verification" {
  from     = registrar,
  title    = {
    "Verify your email address for {domain}", "Email Address Verification", nocase(contains "verif"), contains "検証", contains "確認のお願い",
  },
  category = "domain",
  service  = "ROUTE53",
  advice   = {
    ja = "登録者の連絡先メールアドレスの確認です。15 日以内に元のメールのリンクから確認しないと、ドメインが停止され、"
      .. "サイトもメールも使えなくなります。リンクを開く前に、ドメイン名が自社のものか確認してください。",
    en = "The registrant's mail address must be confirmed by the link in the original within 15 days; otherwise the domain is suspended, "
      .. "and neither site nor mail works. See first that the domain is yours.",
    url = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-click-email-link.html",
  },
}

rule "domain.suspended" {
  from     = registrar,
  title    = nocase {
    contains "suspended", contains "suspension", contains "clientHold", contains "deleted", contains "停止されました", contains "削除されました",
  },
  category = "domain",
  service  = "ROUTE53",
  priority = "urgent",
  advice   = {
    ja = "ドメインが停止または削除されました。サイトとメールが使えなくなっている可能性があります。登録者のメールアドレスの確認、"
      .. "更新料の支払い、AWS からの連絡のいずれが原因かを Route 53 コンソールで確認し、確認メールの再送または復元をすぐに行ってください。"
      .. "復元できる期間は短く、TLD によって異なります。",
    en = "The domain is suspended or deleted, and site and mail may not work. See in the Route 53 console whether the address was not "
      .. "confirmed, the renewal not paid, or AWS wrote for another reason; then have the confirmation sent again or restore the domain. "
      .. "The time for that is short and differs by top-level domain.",
    url = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-renew.html",
  },
}

rule "domain.transfer" {
  from     = registrar,
  title    = nocase { contains "transfer", contains "authorization code", contains "移管" },
  category = "domain",
  service  = "ROUTE53",
  priority = "urgent",
  advice   = {
    ja = "ドメインの移管に関するお知らせです。自分たちが始めた移管であれば、期日までにメールの指示どおり承認してください。"
      .. "心当たりがなければ乗っ取りのおそれがあるため、承認せず、移管ロックを有効にして、すぐに AWS サポートへ連絡してください。"
      .. "返信がないと移管が進む場合があります。",
    en = "About the transfer of a domain. If one of you began it, approve as the mail says, before the date. If not, somebody may be "
      .. "taking the domain: do not approve, turn on the transfer lock and contact AWS Support now. Some transfers go ahead when nobody "
      .. "answers.",
    url = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-transfer.html",
  },
}

rule "domain.contact-change" {
  from     = registrar,
  title    = nocase { contains "contact", contains "registrant", contains "owner", contains "連絡先", contains "登録者", contains "WHOIS" },
  category = "domain",
  service  = "ROUTE53",
  advice   = {
    ja = "ドメインの連絡先の変更、または年に一度の登録情報の確認です。自分たちの変更か、登録内容が正しいかを確認してください。"
      .. "所有者の変更では、新旧の登録者が期日までに承認しないと変更が取り消されます。心当たりがなければ、"
      .. "すぐに AWS サポートへ連絡してください。",
    en = "The domain's contacts have changed, or are to be looked over, as once a year. See that it was one of you and that they are "
      .. "right. A change of the owner is dropped unless the old and the new registrant approve in time. Contact AWS Support at once when "
      .. "nobody knows of it.",
    url = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-update-contacts.html",
  },
}

rule "domain.renewal" {
  from     = registrar,
  title    = nocase { contains "renew", contains "expir", contains "更新", contains "有効期限" },
  category = "domain",
  service  = "ROUTE53",
  advice   = {
    ja = "ドメインの更新または有効期限に関するお知らせです。自動更新が有効か、支払い方法が使えるかを、"
      .. "期限の 30 日前までに Route 53 コンソールで確認してください。使わないドメインなら自動更新を切ってください。"
      .. "期限が切れるとサイトとメールが止まり、やがて第三者が取得できるようになります。",
    en = "About the renewal or the end of a domain. See in the Route 53 console that automatic renewal is on and the payment method "
      .. "works, 30 days before the date at the latest; turn renewal off for a domain that nobody needs. One that expires stops working, "
      .. "and later anybody may register it.",
    url = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-renew.html",
  },
}

-- Registered, locked, and whatever else
rule "domain.registrar" {
  from     = registrar,
  category = "domain",
  service  = "ROUTE53",
}
