-- Who speaks for AWS. A mail is proven when its From is listed here and DKIM or DMARC passed for that domain; so an entry is
-- a promise that AWS alone signs for it. Domains are exact, shared ones aside: sub-domains are listed on their own.
--
--   address | domain     whose mail this is
--   proven_by            the domains whose DKIM signature proves it, exactly these; without it, the domain of From, those below
--                        it and those above it. DMARC passing for the domain of From proves it in any case
--   carries_strangers    AWS sends it, customers of AWS write it: authentic, and yet not AWS speaking
--   shared               Amazon's domain and all below it, where AWS has what is listed on its own alone: what else is proven to
--                        come from it is Amazon's, no forgery and not AWS speaking
--
-- How well each is known: A is a mail that was seen or AWS's documentation, B somebody's mail filter or parser.
--
-- amazonses.com is missing with intent: its signature is on every customer's mail. So are addresses that one writes to and that
-- never send (stop-spoofing@, validation-questions@ and email-abuse@amazon.com): a mail from them is a forgery until it is
-- proven to be Amazon's, and then it is Amazon's.
return {
    -- amazon.com: DKIM d=amazon.com and DMARC pass were seen on mail of 2018 and 2021
    { address = "no-reply-aws@amazon.com" },              -- A: Health until 2025-12, support cases, SES, old billing mail
    { address = "ec2-abuse@amazon.com" },                 -- A: abuse reports, old form; still named in reports of 2024
    { address = "aws-account-notifications@amazon.com" }, -- B: suspension, account mail
    { address = "aws-verification@amazon.com" },          -- B: "Your Request For Accessing AWS Resources Has Been Validated"
    { address = "route53-dev-admin@amazon.com" },         -- A: contact change of a domain (Route 53, Japanese documentation)
    { address = "aws-marketing-email-replies@amazon.com" }, -- B: events, newsletters
    { address = "apn-info@amazon.com" },                  -- B: partner network
    { address = "aws-receivables-support@email.amazon.com" }, -- B: overdue payments

    -- Shops, their vendor and seller support (RE:[CASE n] too), staff
    { domain = "amazon.com", shared = true }, { domain = "amazon.co.jp", shared = true }, { domain = "amazon.co.uk", shared = true }, { domain = "amazon.de", shared = true },
    { domain = "amazon.fr", shared = true }, { domain = "amazon.it", shared = true }, { domain = "amazon.es", shared = true },
    { domain = "amazon.ca", shared = true }, { domain = "amazon.in", shared = true }, { domain = "amazon.com.au", shared = true },
    { domain = "amazon.com.br", shared = true }, { domain = "amazon.com.mx", shared = true }, { domain = "amazon.sg", shared = true },
    { domain = "amazon.nl", shared = true }, { domain = "amazon.eu", shared = true },

    -- aws.com: any local part, it names the service (User Notifications documentation, A): health@ since 2025-12-15,
    -- notifications@ (aggregated), invoicing@ (all invoices since 2026-03-25), marketplace@, partner-central@ (B)
    { domain = "aws.com" },
    { domain = "support.aws.com" },                       -- A: trustandsafety@, abuse reports today

    -- Below amazonaws.com customers' machines have their names, and no keys: its own signatures alone prove anything
    { address = "no-reply@amazonaws.com", proven_by = { "amazonaws.com" } }, -- A: account notices, suspicious activity, MFA
    -- A: budgets@, freetier@; B: anomalydetection@
    { domain = "costalerts.amazonaws.com", proven_by = { "costalerts.amazonaws.com", "amazonaws.com" } },
    -- A: alarms, budgets, subscriptions, and whatever a customer publishes
    { address = "no-reply@sns.amazonaws.com", proven_by = { "sns.amazonaws.com", "amazonaws.com" }, carries_strangers = true },

    -- Signing in and up
    { domain = "signin.aws" },                            -- A: codes, invitations (IAM Identity Center documentation)
    { domain = "verify.signin.aws" },                     -- A: lost MFA (IAM documentation); B: change of the root address
    { domain = "signup.aws" },                            -- B: code at sign-up
    -- A: Identity Center, the older of the pair. Customers' portals have their names below awsapps.com
    { address = "no-reply@login.awsapps.com", proven_by = { "login.awsapps.com", "awsapps.com" } },

    { domain = "marketplace.aws" },                       -- A: Marketplace, old sender, until 2027-01

    -- Domains and certificates
    { domain = "registrar.amazon" },                      -- A: Route 53 and Lightsail documentation
    { domain = "registrar.amazon.com" },                  -- A: older form
    { domain = "certificates.amazon.com" },               -- A: ACM validation by mail
    { address = "noreply@domainnameverification.net" },   -- A: registrar Gandi, for domains of Route 53: genuine, not Amazon's
    { address = "noreply@emailverification.info" },       -- A: the same
}
