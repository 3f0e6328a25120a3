-- Who speaks for AWS. A mail is proven when its From is listed here and DKIM or DMARC passed for that domain; so an entry is
-- a promise that AWS alone signs for it. Domains are exact: sub-domains are listed on their own. Where a domain is shared
-- with others (Amazon's shops, its vendor support, its staff), single addresses are listed.
-- amazonses.com and amazonaws.com's other sub-domains are missing with intent: they prove a customer of AWS, not AWS.
return {
    -- amazon.com: shared with the shops, so by address. DKIM d=amazon.com and DMARC pass seen on real mail of 2018 and 2021.
    { address = "no-reply-aws@amazon.com" },            -- Health until 2025-12, support cases, SES, old billing mail
    { address = "ec2-abuse@amazon.com" },               -- abuse reports, old form; still named in reports of 2024
    { address = "aws-account-notifications@amazon.com" }, -- suspension, account mail; seen in filters only
    { address = "aws-verification@amazon.com" },        -- "… Has Been Validated": product documentation, a template of a real mail
    { address = "route53-dev-admin@amazon.com" },       -- contact change of a domain: Route 53 documentation
    { address = "aws-marketing-email-replies@amazon.com" }, -- events, newsletters; seen in filters only
    { address = "apn-info@amazon.com" },                -- partner network; seen in filters only
    { address = "aws-receivables-support@email.amazon.com" }, -- overdue payments; seen in filters only

    -- aws.com: any local part, it names the service (User Notifications documentation): health@ since 2025-12-15,
    -- notifications@ (aggregated), invoicing@ (all invoices since 2026-03-25), marketplace@, partner-central@
    { domain = "aws.com" },
    { domain = "support.aws.com" },                     -- trustandsafety@: abuse reports today, seen on real mail

    -- amazonaws.com itself belongs to AWS; its sub-domains name customers' machines, so one by one
    { address = "no-reply@amazonaws.com" },             -- account notices, suspicious activity, MFA; seen on real mail
    { domain = "costalerts.amazonaws.com" },            -- budgets@, freetier@, anomalydetection@; seen on real mail
    -- Any customer makes SNS send what he likes: authentic, and yet not AWS speaking
    { address = "no-reply@sns.amazonaws.com", carries_strangers = true },

    -- Signing in and up (IAM and Identity Center documentation, real mail)
    { domain = "signin.aws" },
    { domain = "verify.signin.aws" },                   -- root address change, lost MFA
    { domain = "signup.aws" },
    { address = "no-reply@login.awsapps.com" },         -- Identity Center, the older of the pair

    -- Marketplace, old sender; until 2027-01
    { domain = "marketplace.aws" },

    -- Domains and certificates (Route 53, Lightsail and ACM documentation)
    { domain = "registrar.amazon" },
    { domain = "registrar.amazon.com" },
    { domain = "certificates.amazon.com" },             -- ACM validation by mail
    { address = "noreply@domainnameverification.net" }, -- registrar Gandi, for domains of Route 53: genuine, not Amazon's
    { address = "noreply@emailverification.info" },     -- the same
}
