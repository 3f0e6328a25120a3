-- Where links lead, and what attachments are, for telling what only looks as if it came from AWS. A host stands for all below it;
-- where several fit, the longest counts. Words of a message never make a sign: customers' own sites are in case correspondence.
return {
    -- AWS's and Amazon's own: nothing to be wary of, and what a link that shows such an address must lead to. Add what you trust
    -- as much.
    aws = {
        "amazon.com", "amazon.co.jp", "aws.com",
        "aws", "amazon",                  -- top-level domains of Amazon: repost.aws, health.aws, link.aws, registrar.amazon
        "awsapps.com", "awsstatic.com", "awscloud.com", "awsevents.com", "awstrack.me", "amazontrust.com", "amazonses.com",
        "amazonaws.cn", "amazonaws.com.cn", "amazonaws-us-gov.com", "signin.amazonaws.com", "console.amazonaws.com",
        "health.amazonaws.com", "sns.amazonaws.com", "media-amazon.com", "ssl-images-amazon.com", "amazonwebservices.com",
        "amazonlinux.com", "amazon.jobs", "amazon.science", "aboutamazon.com", "a2z.com", "amzn.to", "amzn.com", "amzn.asia", "a.co",
        "amazon.co.uk", "amazon.de", "amazon.fr", "amazon.it", "amazon.es", "amazon.ca", "amazon.in", "amazon.com.au", "amazon.com.br",
        "amazon.com.mx", "amazon.sg", "amazon.nl", "amazon.eu",
        "domainnameverification.net", "emailverification.info", -- the registrar Gandi's, for domains of Route 53
    },
    -- AWS's machines with customers' content: a link to them is nothing to be wary of, unless it shows an address of AWS's own
    hosted = {
        "amazonaws.com", "cloudfront.net", "elasticbeanstalk.com", "amplifyapp.com", "awsapprunner.com", "on.aws",
        "awsglobalaccelerator.com", "amazoncognito.com",
    },
    -- Servers that put themselves before a link: where it leads stands encoded behind their name
    redirects = {
        "awstrack.me", "safelinks.protection.outlook.com", "urldefense.com", "urldefense.us", "urldefense.proofpoint.com",
        "google.com", "google.co.jp", "linkprotect.cudasvc.com", "clicktime.symantec.com", "secure-web.cisco.com",
        "protect2.fireeye.com", "scanmail.trustwave.com", "urlsand.esvalabs.com",
    },
    -- The same, where they alone know where it leads: not judged
    opaque = {
        "mimecast.com", "mimecastprotect.com", "trendmicro.com", "barracudacentral.org", "protection.sophos.com", "hornetsecurity.com",
        "protect.checkpoint.com", "url.avanan.click", "t.co", "bit.ly",
    },

    -- A host that is none of the above and has a word "aws" together with one of these imitates a page of AWS
    lures = {
        "signin", "login", "logon", "console", "secur", "verif", "account", "billing", "invoice", "payment", "support", "confirm",
        "unlock", "suspend", "password", "reset", "refund",
    },

    -- What an attachment's name ends with, or its type is, where opening it may run it
    executable = {
        "exe", "scr", "com", "pif", "cpl", "msi", "msix", "appx", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse", "wsf",
        "wsh", "hta", "lnk", "url", "reg", "jar", "jnlp", "chm", "iso", "img", "vhd", "vhdx", "dmg", "pkg", "one", "xll", "docm",
        "xlsm", "pptm",
    },
    executable_types = {
        "application/x-msdownload", "application/x-msdos-program", "application/x-dosexec", "application/vnd.microsoft.portable-executable",
        "application/x-msi", "application/hta", "application/javascript", "application/x-javascript", "text/javascript",
        "application/x-ms-shortcut", "application/x-iso9660-image", "application/java-archive", "application/x-sh", "text/vbscript",
    },
    -- Pages that come as a file: they ask for a password on nobody's server, and load the rest by script
    pages = { "html", "htm", "shtml", "xhtml", "xht", "mht", "mhtml", "svg" },
}
