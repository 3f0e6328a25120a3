-- Each text that the rules of 52-billing.lua know.
local each = require "each_text"

each("billing.invoice", "billing", "no-reply-aws@amazon.com", {
  "Amazon Web Services Invoice Available (prod)", "Amazon Web Services Tax Invoice Available",
  "Amazon Web Services Billing Statement Available - please read", "Amazon Web Services Credit Memo Available",
  "Amazon Web Services Credit Note Available (prod)", "Amazon Web Services VAT Invoice Available",
  "Your AWS invoice is available - please read", "Your AWS Marketplace invoice is available", "AWS Invoice Available (prod)",
  "Amazon Web Services 請求書", "AWS 請求書のお知らせ", "Amazon Web Services の請求書", "AWS の請求書について", "Amazon Web Services 請求明細書",
})

each("billing.sender-changes", "billing", "no-reply-aws@amazon.com", {
  "Changes to your AWS invoice emails - please read", "Important change to AWS invoice emails", "AWS invoice email sender change (prod)",
  "Upcoming change to AWS invoice emails", "Upcoming changes to AWS billing emails - please read",
})

each("billing.unpaid", "billing", "no-reply-aws@amazon.com", {
  "Important Unpaid AWS charges", "Unpaid AWS charges (prod)", "Important: Unpaid AWS charges", "Your AWS account is past due",
  "Your AWS payment is past due - please read", "Your AWS invoice is past due", "AWS past due notice (prod)", "Past due AWS charges",
  "Past due: Amazon Web Services - please read", "Overdue AWS invoice", "Your AWS account is overdue (prod)", "AWS 料金の未払い",
  "【重要】AWS ご利用料金のお支払い期限について",
}, { priority = "high" })

each("billing.payment-failed", "billing", "no-reply-aws@amazon.com", {
  "Your AWS payment was declined - please read", "Your AWS payment has been declined", "Your AWS payment failed (prod)",
  "Your AWS payment has failed", "Your AWS payment could not be processed - please read", "AWS payment declined",
  "AWS payment failed (prod)", "AWS Payment Failure", "Your AWS credit card was declined - please read",
  "Your credit card was declined - AWS", "Your Amazon Web Services payment was declined (prod)",
  "We were unable to process your AWS payment", "We could not process your AWS payment - please read", "Problem with your AWS payment",
  "Update your AWS payment method (prod)", "AWS のお支払いが承認されませんでした", "AWS のお支払いが処理できませんでした",
}, { priority = "high" })

each("billing.card-expiring", "billing", "no-reply@amazonaws.com", {
  "Your credit card is expiring - please read", "Your credit card is about to expire", "Your credit card expires soon (prod)",
  "Your credit card has expired", "Your AWS credit card - please read", "Your AWS payment method is expiring",
  "Your AWS payment method is about to expire (prod)", "Your AWS payment method has expired",
  "Your payment method is about to expire - please read", "Your payment method is expiring", "Your payment method has expired (prod)",
  "Credit card expiration", "Credit card expiring - please read", "クレジットカードの有効期限", "お支払い方法の有効期限について",
}, { priority = "high" })

each("billing.payment-received", "billing", "no-reply-aws@amazon.com", {
  "AWS Payment Receipt", "AWS payment received - please read", "Your AWS payment has been received",
  "Your AWS payment was successful (prod)", "Amazon Web Services Payment Receipt", "Thank you for your AWS payment - please read",
  "Amazon Web Services Payment Confirmation", "AWS refund (prod)", "Your AWS refund", "AWS お支払いの確認のお知らせ", "AWS 領収書",
})

each("billing.tax", "billing", "no-reply@amazonaws.com", {
  "AWS tax settings (prod)", "Update your AWS tax settings", "AWS tax registration - please read", "Your AWS tax registration number",
  "AWS tax exemption (prod)", "Your AWS tax exemption", "AWS tax information - please read", "Your AWS tax form",
  "Changes to tax on AWS (prod)", "Changes to AWS tax", "AWS の消費税のお知らせ", "AWS 税金設定", "適格請求書について", "インボイス制度",
})

each("billing.credits", "billing", "no-reply-aws@amazon.com", {
  "Your AWS credits - please read", "AWS credits", "AWS promotional credit (prod)", "Your AWS promotional credit",
  "Your AWS Activate credits - please read", "AWS Activate credits", "AWS クレジットについて",
})

each("billing.free-plan-ended", "billing", "no-reply-aws@amazon.com", {
  "Your AWS free plan has ended", "Your AWS free plan has expired - please read",
}, { priority = "high" })

each("billing.free-plan-ending", "billing", "no-reply-aws@amazon.com", {
  "Your AWS free plan", "Your AWS Free Tier is ending (prod)", "Your AWS Free Tier period is ending",
  "Your AWS Free Tier period has ended - please read", "Your AWS Free Tier eligibility", "Your AWS Free Tier expires (prod)",
  "Your AWS Free Tier period will expire", "AWS 無料利用枠の終了のお知らせ", "AWS 無料プラン",
}, { priority = "normal" })

each("billing.budget-topic", "billing", "no-reply@sns.amazonaws.com", {
  "AWS Budgets: prod-monthly",
})

each("billing.budget", "billing", "no-reply-aws@amazon.com", {
  "AWS Budgets: prod-monthly has exceeded your alert threshold", "AWS Budgets: prod-monthly",
}, { priority = "normal" })

each("billing.commitment-use", "billing", "budgets@costalerts.amazonaws.com", {
  "About example.com: RI Utilization", "About example.com: RI Coverage", "About example.com: Reservation utilization",
  "About example.com: Reservation coverage", "About example.com: Savings Plans utilization", "About example.com: Savings Plans coverage",
})

each("billing.commitment-expiring", "billing", "no-reply-aws@amazon.com", {
  "Your Savings Plansomeexpires in 30 days", "Savings Plans expires in 30 days", "AWS Savings Plans expires in 30 days",
  "Your AWS Savings Planssomeexpires in 30 days", "Savings Plans alert", "AWS Savings Plans alert (prod)",
  "Your Reserved Instancessomeexpires in 30 days", "Your Amazon EC2 Reserved Instancessomeexpires in 30 days",
  "Your Amazon RDS Reserved Instancessomeexpires in 30 days", "Reserved Instance expiration", "Reserved Instances expires in 30 days",
  "RI expiration - please read", "AWS Reserved Instance expires in 30 days", "Savings Plans の有効期限", "リザーブドインスタンスの有効期限について",
}, { priority = "normal" })

each("billing.purchase", "billing", "no-reply-aws@amazon.com", {
  "Your Savings Plans purchase", "AWS Savings Plans purchase - please read", "Your Reserved Instance purchase",
  "Your Reserved Instances purchase (prod)", "Reserved Instance purchase", "Amazon EC2 Reserved Instance purchase - please read",
  "Your Reserved Instances are now active", "Your Amazon EC2 Reserved Instances purchase (prod)",
})
