-- What is recognised by its kind alone. These rules come after all others wherever they stand; their decisions are marked
-- `general`, carry near misses, and are put before the operators, so that an exact rule follows.

rule "general.maintenance" {
  event_type = { "AWS_*_MAINTENANCE_*", "AWS_*_MAINTENANCE", "AWS_*RETIREMENT*", "AWS_*_UPGRADE_SCHEDULED", "AWS_*_SCHEDULED" },
  category   = "maintenance",
  general    = true,
}

rule "general.account" {
  event_type = { "AWS_ACCOUNT_*", "AWS_BILLING_*" },
  category   = "account",
  general    = true,
}

rule "general.service-update" {
  event_type = { "AWS_*_PLANNED_LIFECYCLE_EVENT", "AWS_*_OPERATIONAL_NOTIFICATION", "AWS_*_CUSTOMER_NOTIFICATION", "AWS_*_NOTIFICATION" },
  category   = "service_update",
  general    = true,
}

rule "general.operational-issue" {
  event_type = { "AWS_*_OPERATIONAL_ISSUE", "AWS_*_API_ISSUE", "AWS_*_CONNECTIVITY_ISSUE", "AWS_*_ISSUE", "AWS_*_LIMIT_REACHED" },
  category   = "alarm",
  priority   = "high",
  general    = true,
}

-- AWS Japan's bilingual notices with a link to the Health Dashboard are service updates more often than not
rule "general.bilingual" {
  body     = all {
    any { nocase "English follows Japanese", nocase "English version follows" },
    any { "health.aws.amazon.com", "phd.aws.amazon.com", "health.console.aws.amazon.com", "Health Dashboard" },
  },
  category = "service_update",
  general  = true,
}
