-- What AWS sends besides: limits on sending mail from EC2, reports, surveys, events and offers.

local aws = { "@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com" }

rule "other.port-25" {
  title    = nocase {
    "Request to remove email sending limitations{any}", "Removal of email sending limitations{any}",
    "Amazon EC2 email sending limitations{any}", "EC2 email sending limitations{any}", "EC2 port 25{any}", "Amazon EC2 port 25{any}",
    "Port 25 throttle{any}",
  },
  from     = aws,
  category = "other",
  service  = "EC2",
  priority = "normal",
  advice   = {
    ja = "EC2 からのポート 25 (SMTP) の送信制限に関するお知らせです。制限がかかっている間は、ポート 25 への接続が失敗します。"
      .. "Amazon SES など認証付きの送信(ポート 587)に切り替えるか、用途と迷惑メール対策を書いて、ルートユーザーで解除を申請してください。",
    en = "About the limit on sending mail from EC2 by port 25, where connections fail while it holds. Send by an authenticated service "
      .. "such as Amazon SES (port 587), or ask as root for the limit to be removed, with what the mail is for and how you keep spam out.",
    url = "https://repost.aws/knowledge-center/ec2-port-25-throttle",
  },
}

rule "other.trusted-advisor" {
  title    = nocase {
    "AWS Trusted Advisor weekly{any}", "AWS Trusted Advisor recommendations{any}", "AWS Trusted Advisor summary{any}",
    "AWS Trusted Advisor notification{any}", "Your AWS Trusted Advisor{any}", "AWS Compute Optimizer recommendations{any}",
    "Your AWS Compute Optimizer{any}", "AWS Cost Optimization Hub recommendations{any}", "AWS Trusted Advisor の推奨事項{any}",
  },
  from     = aws,
  category = "other",
  service  = "TRUSTEDADVISOR",
  priority = "low",
  advice   = {
    ja = "Trusted Advisor などの推奨事項のまとめです。赤(対応を推奨)の項目から、セキュリティ、サービスの上限、耐障害性、"
      .. "費用の順に確認してください。",
    en = "What Trusted Advisor and the like recommend. Begin with what is red, in the order of security, service limits, fault tolerance "
      .. "and cost.",
    url = "https://docs.aws.amazon.com/awssupport/latest/user/trusted-advisor.html",
  },
}

-- Newsletters, events, the partner network
rule "other.marketing" {
  from     = { "aws-marketing-email-replies@amazon.com", "apn-info@amazon.com" },
  category = "other",
  priority = "low",
}
