-- Each text that the rules of ../52-billing.lua know, as a mail of its sender.
local function each(rule, category, from, subjects, more)
  for _, subject in ipairs(subjects) do
    local expect = { category = category, rule = rule, certainty = "exact" }
    for key, value in pairs(more or {}) do expect[key] = value end
    test(rule .. ": " .. subject) { from = from, subject = subject, body = "Hello,\n\nAWS Account ID: 123456789012\n", expect = expect }
  end
end

each("billing.invoice", "billing", "no-reply-aws@amazon.com", {
  "Amazon Web Services Invoice Available", "Amazon Web Services Tax Invoice Available (prod)",
  "Amazon Web Services Billing Statement Available", "Amazon Web Services Billing Statement Available / ",
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
  "Important Unpaid AWS charges", "Unpaid AWS charges", "Important: Unpaid AWS charges", "Unpaid AWS charges",
  "Your AWS account is past due (prod)", "Your AWS payment is past due", "Your AWS invoice is past due - please read",
  "AWS past due notice", "Past due AWS charges (prod)", "Past due: Amazon Web Services", "Overdue AWS invoice - please read",
  "Your AWS account is overdue", "AWS 料金の未払いについて", "【重要】AWS ご利用料金のお支払い期限について",
}, { priority = "high" })

each("billing.payment-failed", "billing", "no-reply-aws@amazon.com", {
  "Your AWS payment was declined", "Your AWS payment has been declined - please read", "Your AWS payment failed",
  "Your AWS payment has failed (prod)", "Your AWS payment could not be processed", "AWS payment declined - please read",
  "AWS payment failed", "AWS Payment Failure (prod)", "Your AWS credit card was declined",
  "Your credit card was declined - AWS - please read", "Your Amazon Web Services payment was declined",
  "We were unable to process your AWS payment (prod)", "We could not process your AWS payment",
  "Problem with your AWS payment - please read", "Update your AWS payment method", "AWS のお支払いが承認されませんでしたについて", "AWS のお支払いが処理できませんでした",
}, { priority = "high" })

each("billing.card-expiring", "billing", "no-reply@amazonaws.com", {
  "Your credit card is expiring", "Your credit card is about to expire - please read", "Your credit card expires soon",
  "Your credit card has expired (prod)", "Your AWS credit card", "Your AWS payment method is expiring - please read",
  "Your AWS payment method is about to expire", "Your AWS payment method has expired (prod)", "Your payment method is about to expire",
  "Your payment method is expiring - please read", "Your payment method has expired", "Credit card expiration (prod)",
  "Credit card expiring", "クレジットカードの有効期限のお知らせ", "お支払い方法の有効期限",
}, { priority = "high" })

each("billing.payment-received", "billing", "no-reply-aws@amazon.com", {
  "AWS Payment Receipt (prod)", "AWS payment received", "Your AWS payment has been received - please read",
  "Your AWS payment was successful", "Amazon Web Services Payment Receipt (prod)", "Thank you for your AWS payment",
  "Amazon Web Services Payment Confirmation - please read", "AWS refund", "Your AWS refund (prod)", "AWS お支払いの確認", "AWS 領収書のお知らせ",
})

each("billing.tax", "billing", "no-reply@amazonaws.com", {
  "AWS tax settings", "Update your AWS tax settings (prod)", "AWS tax registration", "Your AWS tax registration number - please read",
  "AWS tax exemption", "Your AWS tax exemption (prod)", "AWS tax information", "Your AWS tax form - please read",
  "Changes to tax on AWS", "Changes to AWS tax (prod)", "AWS の消費税", "AWS 税金設定のお知らせ", "適格請求書", "インボイス制度について",
})

each("billing.credits", "billing", "no-reply-aws@amazon.com", {
  "Your AWS credits", "AWS credits - please read", "AWS promotional credit", "Your AWS promotional credit (prod)",
  "Your AWS Activate credits", "AWS Activate credits - please read", "AWS クレジット",
})

each("billing.free-plan-ended", "billing", "no-reply-aws@amazon.com", {
  "Your AWS free plan has ended (prod)", "Your AWS free plan has expired",
}, { priority = "high" })

each("billing.free-plan-ending", "billing", "no-reply-aws@amazon.com", {
  "Your AWS free plan is ending - please read", "Your AWS free plan ends", "Your AWS free plan will end (prod)", "Your AWS free plan",
  "Your AWS Free Tier is ending - please read", "Your AWS Free Tier period is ending", "Your AWS Free Tier period has ended (prod)",
  "Your AWS Free Tier eligibility", "Your AWS Free Tier expires - please read", "Your AWS Free Tier period will expire",
  "AWS 無料利用枠の終了について", "AWS 無料プラン",
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
  "Your Savings Planssomeexpires in 30 days", "Your Savings Plansomeexpires in 30 days", "Savings Plans expires in 30 days",
  "AWS Savings Plans expires in 30 days", "Your AWS Savings Planssomeexpires in 30 days", "Savings Plans alert",
  "AWS Savings Plans alert - please read", "Your Reserved Instancessomeexpires in 30 days",
  "Your Amazon EC2 Reserved Instancessomeexpires in 30 days", "Your Amazon RDS Reserved Instancessomeexpires in 30 days",
  "Reserved Instance expiration", "Reserved Instances expires in 30 days", "RI expiration (prod)",
  "AWS Reserved Instance expires in 30 days", "Savings Plans の有効期限", "リザーブドインスタンスの有効期限のお知らせ",
}, { priority = "normal" })

each("billing.purchase", "billing", "no-reply-aws@amazon.com", {
  "Your Savings Plans purchase", "AWS Savings Plans purchase (prod)", "Your Reserved Instance purchase",
  "Your Reserved Instances purchase - please read", "Reserved Instance purchase", "Amazon EC2 Reserved Instance purchase (prod)",
  "Your Reserved Instances are now active", "Your Amazon EC2 Reserved Instances purchase - please read",
})
