-- Certificates of ACM: requested, to be approved, renewed, about to expire. Other authorities use the same words: the sender counts.

local aws = { "@certificates.amazon.com", "@aws.com", "no-reply@amazonaws.com", "no-reply-aws@amazon.com" }

rule "certificate.request" {
  from     = aws,
  title    = nocase {
    "Certificate request for {domain}", "Certificate request for domain name", "Certificate approval for {domain}", "{domain} の証明書リクエスト",
    "{domain} の証明書のリクエスト",
  },
  category = "certificate",
  service  = "ACM",
  priority = "high",
  capture  = { certificate = "Certificate Identifier: {arn}" },
  advice   = {
    ja = "ドメイン所有の確認です。AWS アカウント ID と証明書に心当たりがあれば、72 時間以内に元のメールのリンクから承認してください。"
      .. "心当たりがなければ承認せず、validation-questions@amazon.com に転送してください。毎回の承認を避けるには、"
      .. "DNS 検証に切り替えてください。",
    en = "ACM asks whether the domain is yours. When you know the AWS account and the certificate, approve by the link in the original "
      .. "within 72 hours. If not, do not, and forward the mail to validation-questions@amazon.com. Validation by DNS makes such mail "
      .. "unnecessary.",
    url = "https://docs.aws.amazon.com/acm/latest/userguide/email-validation.html",
  },
}

rule "certificate.renewed" {
  any      = {
    {
      from  = aws,
      title = nocase {
        "Your certificate is renewed", "Your certificate has been renewed{any}", "Your ACM certificate has been renewed{any}",
        "証明書が更新されました{any}",
      },
    },
    {
      event_type = "AWS_ACM_RENEWAL_STATE_CHANGE",
      body       = all {
        any { nocase "successfully renewed", nocase "certificate has been renewed", "証明書が更新されました", "証明書は更新されました" },
        none { nocase "unable to renew", nocase "could not be renewed", nocase "not been renewed" },
      },
    },
  },
  category = "certificate",
  service  = "ACM",
  priority = "low",
}

local renewal_advice = {
  ja = "証明書が自動更新できていません。DNS 検証の CNAME レコードが残っているか、"
    .. "CAA レコードで Amazon の認証局を拒否していないか確認してください。メール検証の証明書では、"
    .. "届いた確認メールのリンクから承認してください。有効期限までに更新されないと、HTTPS 接続がエラーになります。",
  en = "The certificate could not be renewed. Check that the CNAME record of the DNS validation is still there and that no CAA record "
    .. "forbids Amazon's authority; one validated by mail must be approved by the link in that mail. When it expires, HTTPS connections "
    .. "fail.",
  url = "https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html",
}

rule "certificate.renewal-needed" {
  from     = aws,
  title    = nocase {
    "Your certificate renewal{any}", "Your ACM certificate renewal{any}", "Certificate renewal for {domain}{any}",
    "Your certificate is about to expire{any}", "Your certificate is expiring{any}", "Your certificate will expire{any}",
    "Your ACM certificate is about to expire{any}", "Your ACM certificate will expire{any}", "Your ACM certificate is expiring{any}",
    "AWS Certificate Manager certificate expir{any}", "ACM certificate expir{any}", "ACM Certificate Approaching Expiration{any}",
    "ACM 証明書の更新{any}", "ACM 証明書の有効期限{any}", "証明書の更新が必要です{any}",
  },
  category = "certificate",
  service  = "ACM",
  priority = "high",
  capture  = { certificate = "Certificate identifier: {arn}" },
  advice   = renewal_advice,
}

-- The authorities of AWS Private CA
rule "certificate.private-authority" {
  event_type = "AWS_ACMPCA_*",
  category   = "certificate",
  service    = "ACMPCA",
  priority   = "high",
  advice     = {
    ja = "AWS Private CA の証明書または認証局に関するお知らせです。CA 証明書の有効期限が近い場合は、"
      .. "配下の証明書がすべて信頼されなくなる前に、新しい CA 証明書を発行して各クライアントに配布してください。",
    en = "About AWS Private CA. When an authority's certificate is about to expire, issue the next one and bring it to the clients before "
      .. "every certificate below it stops being trusted.",
    url = "https://docs.aws.amazon.com/privateca/latest/userguide/PcaWelcome.html",
  },
}

rule "certificate.renewal" {
  event_type = { "AWS_ACM_RENEWAL_*", "CAA_CHECK_FAILURE", "AWS_ACM_*" },
  category   = "certificate",
  service    = "ACM",
  capture    = { certificate = "Certificate identifier: {arn}" },
  advice     = renewal_advice,
}
