-- Bills, payments, credits, budgets, commitments, taxes.

-- From whom such mail comes. Titles that any company's mail may have are AWS's from here only
local aws = {
  "invoicing@aws.com", "no-reply-aws@amazon.com", "no-reply@amazonaws.com", "aws-receivables-support@email.amazon.com",
  "aws-account-notifications@amazon.com", "@aws.com", "@costalerts.amazonaws.com",
}

-- Invoices ------------------------------------------------------------------------------------------------------------------

rule "billing.invoice" {
  title    = nocase {
    "Amazon Web Services Invoice Available{any}", "Amazon Web Services Tax Invoice Available{any}",
    "Amazon Web Services Billing Statement Available{any}", "Amazon Web Services Credit Memo Available{any}",
    "Amazon Web Services Credit Note Available{any}", "Amazon Web Services VAT Invoice Available{any}",
    "Your AWS invoice is available{any}", "Your AWS Marketplace invoice is available{any}", "AWS Invoice Available{any}",
    "Amazon Web Services 請求書{any}", "AWS 請求書{any}", "Amazon Web Services の請求書{any}", "AWS の請求書{any}", "Amazon Web Services 請求明細書{any}",
  },
  category = "billing",
  advice   = {
    ja = "請求書または請求明細が発行されました。前月との差が大きいサービスがないか、支払い方法が有効かを確認し、経理担当に回してください。"
      .. "2026 年 3 月から、請求書は invoicing@aws.com から届きます。",
    en = "An invoice or a billing statement is there. Look for services that cost much more than last month, see that the payment method "
      .. "is valid, and hand it to whoever keeps the books. Invoices come from invoicing@aws.com since March 2026.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/getting-viewing-bill.html",
  },
}

rule "billing.sender-changes" {
  title    = nocase {
    "Changes to your AWS invoice emails{any}", "Important change to AWS invoice emails{any}", "AWS invoice email sender change{any}",
    "Upcoming change to AWS invoice emails{any}", "Upcoming changes to AWS billing emails{any}",
  },
  category = "billing",
  advice   = {
    ja = "AWS の請求メールの送信元が変わります。請求書を送信元アドレスで振り分けている場合は、"
      .. "発効日までにメールの振り分けルールと許可リストを直してください。",
    en = "Billing mail will come from another address. Whoever sorts invoices by their sender must change the mail rules and allow lists "
      .. "before the date.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/getting-viewing-bill.html",
  },
}

-- Payments ------------------------------------------------------------------------------------------------------------------

rule "billing.unpaid" {
  title    = nocase {
    "Important Unpaid AWS charges{any}", "Unpaid AWS charges{any}", "Important: Unpaid AWS charges", "Your AWS account is past due{any}",
    "Your AWS payment is past due{any}", "Your AWS invoice is past due{any}", "AWS past due notice{any}", "Past due AWS charges{any}",
    "Past due: Amazon Web Services{any}", "Overdue AWS invoice{any}", "Your AWS account is overdue{any}", "AWS 料金の未払い{any}",
    matches [[^(?:【?重要】? ?)?(?:AWS|Amazon Web Services) ?(?:の ?)?(?:ご利用)?料金(?:の|が)(?:お支払い|支払い|未払い)[^\n]{0,30}(?:期限|未払い|確認できて|滞)]],
  },
  category = "billing",
  priority = "high",
  advice   = {
    ja = "期日を過ぎた未払いの請求があります。請求コンソールで金額と支払い方法を確認し、すぐに支払ってください。"
      .. "未払いが続くとアカウントが停止され、リソースが削除されることがあります。",
    en = "An invoice is past its date. See the amount and the payment method in the billing console, and pay now. An account that stays "
      .. "unpaid is suspended, and its resources may be deleted.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/manage-making-a-payment.html",
  },
}

rule "billing.payment-failed" {
  title    = nocase {
    "Your AWS payment was declined{any}", "Your AWS payment has been declined{any}", "Your AWS payment failed{any}",
    "Your AWS payment has failed{any}", "Your AWS payment could not be processed{any}", "AWS payment declined{any}",
    "AWS payment failed{any}", "AWS Payment Failure{any}", "Your AWS credit card was declined{any}",
    "Your credit card was declined - AWS{any}", "Your Amazon Web Services payment was declined{any}",
    "We were unable to process your AWS payment{any}", "We could not process your AWS payment{any}", "Problem with your AWS payment{any}",
    "Update your AWS payment method{any}", "AWS: お支払いが確認できて{any}", "{any}お支払い方法の更新{any}", "AWS のお支払いが承認されませんでした{any}",
    matches [[^(?:AWS|Amazon Web Services) ?(?:の ?)?(?:お支払い|支払い|クレジットカード)[^\n]{0,30}(?:失敗|処理できません|承認されません|拒否)]],
  },
  category = "billing",
  priority = "high",
  advice   = {
    ja = "支払いが失敗しました。カードの有効期限・利用限度額・本人認証を確認し、必要なら支払い方法を変えて、"
      .. "請求コンソールから再度支払ってください。AWS は数日のうちに再請求しますが、失敗が続くとアカウントが停止されます。",
    en = "A payment failed. Look at the card's date, limit and authentication, change the payment method if need be, and pay again in the "
      .. "billing console. AWS tries again within some days; when that keeps failing the account is suspended.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/manage-making-a-payment.html",
  },
}

rule "billing.card-expiring" {
  title    = nocase {
    "Your credit card is expiring{any}", "Your credit card is about to expire{any}", "Your credit card expires soon{any}",
    "Your credit card has expired{any}", "Your AWS credit card{any}", "Your AWS payment method is expiring{any}",
    "Your AWS payment method is about to expire{any}", "Your AWS payment method has expired{any}",
    "Your payment method is about to expire{any}", "Your payment method is expiring{any}", "Your payment method has expired{any}",
    "Credit card expiration{any}", "Credit card expiring{any}", "クレジットカードの有効期限{any}", "お支払い方法の有効期限{any}",
  },
  from     = aws,
  category = "billing",
  priority = "high",
  advice   = {
    ja = "登録されているカードの有効期限が近づいているか、切れています。次の請求日までに、請求コンソールでカードを更新してください。"
      .. "更新しないと支払いに失敗し、アカウントの停止につながります。",
    en = "The card on file expires soon, or has. Update it in the billing console before the next bill; otherwise the payment fails, and "
      .. "in the end the account is suspended.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/manage-cc.html",
  },
}

rule "billing.payment-received" {
  title    = nocase {
    "AWS Payment Receipt{any}", "AWS payment received{any}", "Your AWS payment has been received{any}",
    "Your AWS payment was successful{any}", "Amazon Web Services Payment Receipt{any}", "Thank you for your AWS payment{any}",
    "Amazon Web Services Payment Confirmation{any}", "AWS refund{any}", "Your AWS refund{any}", "AWS お支払いの確認{any}", "AWS 領収書{any}",
  },
  category = "billing",
}

-- Taxes, credits, free tier -------------------------------------------------------------------------------------------------------

rule "billing.tax" {
  title    = nocase {
    "AWS tax settings{any}", "Update your AWS tax settings{any}", "AWS tax registration{any}", "Your AWS tax registration number{any}",
    "AWS tax exemption{any}", "Your AWS tax exemption{any}", "AWS tax information{any}", "Your AWS tax form{any}",
    "Changes to tax on AWS{any}", "Changes to AWS tax{any}", "AWS の消費税{any}", "日本の消費税{any}",
    "{any}消費税に関する{any}お知らせ{any}", "AWS 税金設定{any}", "適格請求書{any}", "インボイス制度{any}",
  },
  from     = aws,
  category = "billing",
  advice   = {
    ja = "AWS の税務設定に関するお知らせです。登録番号・住所・免税証明書が正しいかを経理担当と確認し、"
      .. "変更が必要なら発効日までに請求コンソールの「税金設定」を更新してください。",
    en = "A notice about taxes. With whoever keeps the books see whether registration number, address and exemption are right, and mend "
      .. "them in the tax settings of the billing console before the date.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/manage-account-payment.html",
  },
}

rule "billing.credits" {
  title    = nocase {
    "Your AWS credits{any}", "AWS credits{any}", "AWS promotional credit{any}", "Your AWS promotional credit{any}",
    "Your AWS Activate credits{any}", "AWS Activate credits{any}", "AWS クレジット{any}",
  },
  category = "billing",
  advice   = {
    ja = "AWS クレジットの付与・残高・有効期限に関するお知らせです。期限を過ぎた残高は失効し、以後は通常の料金がかかります。"
      .. "残高と対象サービスを確認し、クレジットがなくなる時期を予算に反映してください。",
    en = "About AWS credits: granted, running low or about to expire. What is left after the date is lost, and usage costs money from "
      .. "then on. See the balance and which services it covers, and plan the budget for the time without it.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-credits.html",
  },
}

rule "billing.free-plan-ended" {
  title    = nocase { "Your AWS free plan has ended{any}", "Your AWS free plan has expired{any}" },
  category = "billing",
  priority = "high",
  advice   = {
    ja = "AWS 無料プランが終了し、アカウントは閉じられています。続けて使う場合は、メールに書かれた期日までに有料プランへ移行してください。"
      .. "期日を過ぎると、リソースとデータが削除されます。",
    en = "The AWS free plan has ended, and the account is closed. Upgrade to a paid plan by the date in the mail to go on; after that its "
      .. "resources and data are deleted.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/free-tier-plans.html",
  },
}

rule "billing.free-plan-ending" {
  title    = nocase {
    "Your AWS free plan{any}", "Your AWS Free Tier is ending{any}", "Your AWS Free Tier period is ending{any}",
    "Your AWS Free Tier period has ended{any}", "Your AWS Free Tier eligibility{any}", "Your AWS Free Tier expires{any}",
    "Your AWS Free Tier period will expire{any}", "AWS 無料利用枠の終了{any}", "AWS 無料プラン{any}",
  },
  category = "billing",
  priority = "normal",
  advice   = {
    ja = "AWS の無料プランまたは無料利用枠の期間が終わりに近づいています。使い続けるリソースの料金を確認し、"
      .. "不要なものは終了日までに削除してください。無料プランの場合は、期日までに有料プランへ移行しないとアカウントが閉じられます。",
    en = "The free plan or the Free Tier is about to end. See what the resources will cost that you keep, and delete the others before "
      .. "the date. An account on the free plan is closed unless it is upgraded by then.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/free-tier-plans.html",
  },
}

rule "billing.free-tier" {
  any      = {
    from  = "freetier@costalerts.amazonaws.com",
    title = nocase {
      "AWS Free limit alert", "AWS Free Tier limit alert{any}", "AWS Free Tier usage limit alert{any}", "AWS 無料利用枠{any}アラート{any}",
    },
  },
  category = "billing",
  service  = "FREETIER",
  capture  = { percent = "exceeded {n}%" },
  advice   = {
    ja = "無料利用枠の使用量が上限に近づいたか、超えました。メールにあるサービスの使用量を確認し、超えた分には通常の料金がかかるため、"
      .. "不要なリソースを止めてください。",
    en = "The use of the Free Tier nears its limit or is past it. Look at the services that the mail names, and stop what is not needed: "
      .. "what goes beyond costs the usual price.",
    url = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/tracking-free-tier-usage.html",
  },
}

-- Budgets, anomalies, commitments ---------------------------------------------------------------------------------------------

local budget_advice = {
  ja = "予算のしきい値を超えました(実績または予測)。Cost Explorer でサービス・アカウント・タグ別に増えた費用を確認し、"
    .. "意図しない使用であれば止めてください。見覚えのないリージョンやサービスの費用が増えている場合は、不正利用も疑ってください。",
  en = "A budget's threshold is passed, by what was spent or by the forecast. See in Cost Explorer which service, account or tag has "
    .. "grown, and stop what is not meant. Costs in a region or of a service that nobody uses may be somebody else's doing.",
  url = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
}

-- Through an SNS topic, which any customer may write to. Before the next rule, under which it would pass for a forgery of AWS
rule "billing.budget-topic" {
  from     = "no-reply@sns.amazonaws.com",
  subject  = nocase "AWS Budgets: {line}",
  speaker  = "any",
  category = "billing",
  service  = "BUDGETS",
  capture  = { threshold = "Alert Threshold: > {money}", amount = "Actual Amount: {money}", forecast = "Forecasted Amount: {money}" },
}

rule "billing.budget" {
  title    = nocase { "AWS Budgets: {line} has exceeded your alert threshold", "AWS Budgets: {line}" },
  category = "billing",
  priority = "normal",
  service  = "BUDGETS",
  capture  = { threshold = "Alert Threshold: > {money}", amount = "Actual Amount: {money}", forecast = "Forecasted Amount: {money}" },
  advice   = budget_advice,
}

rule "billing.commitment-use" {
  from     = "budgets@costalerts.amazonaws.com",
  title    = nocase {
    contains "RI Utilization", contains "RI Coverage", contains "Reservation utilization", contains "Reservation coverage",
    contains "Savings Plans utilization", contains "Savings Plans coverage",
  },
  category = "billing",
  service  = "BUDGETS",
  advice   = {
    ja = "リザーブドインスタンスまたは Savings Plans の使用率・カバレッジが、設定した値を下回りました。使用率が低い場合は、"
      .. "対象のインスタンスファミリーやリージョンで使われているかを確認してください。カバレッジが低い場合は、"
      .. "追加の購入を検討してください。",
    en = "Reserved Instances or Savings Plans are used less, or cover less, than the budget says. When they are not used, see what runs "
      .. "in their region and family; when they cover too little, think of buying more.",
    url = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
  },
}

-- Reports, and whatever else budgets say
rule "billing.budget-report" {
  from     = "budgets@costalerts.amazonaws.com",
  category = "billing",
  service  = "BUDGETS",
}

rule "billing.cost-anomaly" {
  any      = {
    from  = "anomalydetection@costalerts.amazonaws.com",
    title = nocase { starts "AWS Cost anomaly", starts "Cost anomaly" },
  },
  category = "billing",
  priority = "normal",
  service  = "COST",
  advice   = {
    ja = "いつもと違う費用の増加を検出しました。メールのリンクから根本原因(サービス・アカウント・リージョン・使用タイプ)を確認し、"
      .. "意図した変更か判断してください。心当たりがなければ、不正利用を疑い、対象のリソースと認証情報を調べてください。",
    en = "Costs have grown in an unusual way. See the root causes (service, account, region, type of use) by the link, and whether a "
      .. "change of yours explains them. If not, think of misuse, and look into the resources and the credentials behind them.",
    url = "https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html",
  },
}

rule "billing.commitment-expiring" {
  title    = nocase {
    "Your Savings Plan{any}expir{any}", "Savings Plans expir{any}", "AWS Savings Plans expir{any}",
    "Your AWS Savings Plans{any}expir{any}", "Savings Plans alert{any}", "AWS Savings Plans alert{any}",
    "Your Reserved Instances{any}expir{any}", "Your Amazon EC2 Reserved Instances{any}expir{any}",
    "Your Amazon RDS Reserved Instances{any}expir{any}", "Reserved Instance expiration{any}", "Reserved Instances expir{any}",
    "RI expiration{any}", "Amazon {word} Reserved {word} expir{any}", "AWS Reserved Instance expir{any}", "Savings Plans の有効期限{any}", "リザーブドインスタンスの有効期限{any}",
  },
  category = "billing",
  priority = "normal",
  service  = "COST",
  advice   = {
    ja = "Savings Plans またはリザーブドインスタンスの期限が近づいています。期限後はオンデマンド料金に戻ります。"
      .. "直近の使用状況から必要な量を見直し、期限までに購入を予約 (キュー) してください。",
    en = "Savings Plans or Reserved Instances are about to expire, and the use goes back to on-demand prices. See from recent use how "
      .. "much is still needed, and queue the next purchase before the date.",
    url = "https://docs.aws.amazon.com/savingsplans/latest/userguide/what-is-savings-plans.html",
  },
}

rule "billing.purchase" {
  title    = nocase {
    "Your Savings Plans purchase{any}", "AWS Savings Plans purchase{any}", "Your Reserved Instance purchase{any}",
    "Your Reserved Instances purchase{any}", "Reserved Instance purchase{any}", "Amazon EC2 Reserved Instance purchase{any}",
    "Your Reserved Instances are now active{any}", "Your Amazon EC2 Reserved Instances purchase{any}",
  },
  category = "billing",
  service  = "COST",
  advice   = {
    ja = "Savings Plans またはリザーブドインスタンスが購入されました。数量・期間・リージョン・支払い方法が意図どおりか、"
      .. "今日中に確認してください。Savings Plans は条件を満たせば 7 日以内に返品できますが、リザーブドインスタンスは取り消せません。",
    en = "Savings Plans or Reserved Instances were bought. See today that number, term, region and payment are what was meant. Savings "
      .. "Plans may be returned within seven days under conditions; Reserved Instances cannot be cancelled.",
    url = "https://docs.aws.amazon.com/savingsplans/latest/userguide/what-is-savings-plans.html",
  },
}

-- The rest --------------------------------------------------------------------------------------------------------------------

rule "billing.health-event" {
  event_type = { "AWS_BUDGETS_*", "AWS_COST_*", "AWS_FREETIER_*", "AWS_TAX_*", "AWS_INVOICING_*", "AWS_PAYMENTS_*" },
  category   = "billing",
  general    = true,
}
