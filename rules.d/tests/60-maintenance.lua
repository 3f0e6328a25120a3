-- Maintenance: mails of the gallery in both forms, the fixtures that the demo shows, and subjects of every rule.
local technical = { { action = "forward", args = { to = "technical" } } }

-- The gallery's mails of one rule
local function gallery(rule, mails, more)
  for _, mail in ipairs(mails) do
    local expect = { category = "maintenance", rule = rule, certainty = "exact", account = "123456789012", actions = technical }
    for key, value in pairs(more or {}) do expect[key] = value end
    test("gallery: " .. mail) { mail = "fixtures/maintenance/" .. mail .. ".eml", expect = expect }
  end
end

-- Subjects as AWS might write them; nothing else tells
local function titled(rule, subjects)
  for _, subject in ipairs(subjects) do
    test(rule .. ": " .. subject) {
      from = "no-reply-aws@amazon.com", subject = subject .. " [AWS Account: 123456789012]", body = "Hello,",
      expect = { category = "maintenance", rule = rule, account = "123456789012" },
    }
  end
end

-- Words that nobody has seen, under a known event type
local function typed(rule, event_types)
  for _, event_type in ipairs(event_types) do
    test(rule .. ": " .. event_type) {
      from = "no-reply-aws@amazon.com", subject = "About what you run with us [AWS Account: 123456789012]",
      headers = { ["X-SM-COMMUNICATION-TYPE"] = event_type }, body = "Hello,",
      expect = { category = "maintenance", rule = rule },
    }
  end
end

-- What the demo shows -------------------------------------------------------------------------------------------------------

test "EC2 retirement: text" {
  mail   = "fixtures/ec2-retirement-text.eml",
  expect = {
    category = "maintenance", rule = "ec2.instance-retirement", service = "EC2", account = "123456789012",
    found    = { instances = { "i-0c11d22e33f445566", "i-0c11d22e33f445567" } },
    notice   = { title = "Amazon EC2 Instance Retirement", event_type = "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED" },
    actions  = technical,
  },
}

test "EC2 retirement: HTML" {
  mail   = "fixtures/ec2-retirement-html.eml",
  expect = {
    category = "maintenance", rule = "ec2.instance-retirement", service = "EC2", account = "210987654321",
    found    = { instances = { "i-0d55e66f77a889900" } },
    notice   = {
      title = "Amazon EC2 Maintenance: Instance scheduled for retirement", action_required = true, regions = { "eu-central-1" },
      event_type = "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED", starts = "2026-12-07T09:00:00Z", ends = "2026-12-07T11:00:00Z",
    },
    actions  = technical,
  },
}

test "EC2 retirement: the subject of 2018" {
  from    = "no-reply-aws@amazon.com",
  subject = "[Retirement Notification] Amazon EC2 Instance scheduled for retirement.",
  body    = "Dear Amazon EC2 Customer,\n\nWe have news about your account (AWS Account ID: 123456789012).\n\ni-1234abcd\n",
  expect  = { category = "maintenance", rule = "ec2.instance-retirement", account = "123456789012", found = { instances = { "i-1234abcd" } } },
}

test "EC2 retirement: a reminder, forwarded with a server's mark" {
  from    = "no-reply-aws@amazon.com",
  subject = "[EXT] Reminder: Amazon EC2 Instance Retirement [AWS Account: 123456789012] [US-EAST-1]",
  body    = "i-0a1b2c3d4e5f60718",
  expect  = { category = "maintenance", rule = "ec2.instance-retirement", notice = { reminder = true, regions = { "us-east-1" } } },
}

test "EC2 dedicated host: HTML" {
  mail   = "fixtures/dedicated-host-html.eml",
  expect = {
    category = "maintenance", rule = "ec2.dedicated-host", account = "123456789012", found = { hosts = { "h-0123456789abcdef0" } },
    actions  = technical,
  },
}

test "Fargate retirement" {
  mail   = "fixtures/fargate-retirement.eml",
  expect = {
    category = "maintenance", rule = "ecs.fargate-task-retirement", service = "ECS", account = "123456789012",
    notice   = { title = "[Retirement Notification] Amazon ECS (Fargate) task scheduled for termination" },
    actions  = technical,
  },
}

test "Direct Connect" {
  mail   = "fixtures/directconnect-text.eml",
  expect = {
    category = "maintenance", rule = "directconnect.maintenance", account = "123456789012",
    found    = { connections = { "dxcon-ffabc123", "dxvif-fg456def" } },
  },
}

-- Cancelled, completed and emergency work comes under the title of what was planned -----------------------------------------

local dx = { starts = "2026-12-07T16:00:00Z", ends = "2026-12-07T20:00:00Z" }
gallery("directconnect.maintenance", { "direct-connect-planned-text", "direct-connect-planned-html" }, {
  priority = "normal", tags = {}, notice = { status = "scheduled", starts = dx.starts, ends = dx.ends },
  found = { connections = { "dxcon-ffabc123", "dxvif-fg456def" } },
})
gallery("maintenance.cancelled", { "direct-connect-cancelled-text", "direct-connect-cancelled-html" }, {
  priority = "low", tags = { "cancelled" }, service = "DIRECTCONNECT",
  notice = { status = "cancelled", starts = dx.starts, ends = dx.ends, resources = { "dxcon-ffabc123" } },
})
gallery("maintenance.emergency", { "direct-connect-emergency-text", "direct-connect-emergency-html" }, {
  priority = "high", tags = { "emergency" }, service = "DIRECTCONNECT", notice = { status = "emergency", starts = "2026-11-24T16:00:00Z" },
})
gallery("maintenance.completed", { "direct-connect-complete" }, { priority = "low", tags = { "completed" }, notice = { status = "completed" } })

test "cancelled, by the title's words alone" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon RDS maintenance scheduled for your DB instances [AWS Account: 123456789012]",
  body    = "Hello,\n\nThe maintenance that we announced has been cancelled.\n",
  expect  = { category = "maintenance", rule = "maintenance.cancelled", service = "RDS" },
}
test "not cancelled: it only might be" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon RDS maintenance scheduled for your DB instances [AWS Account: 123456789012]",
  body    = "Hello,\n\nYou will be told if the maintenance is cancelled.\n",
  expect  = { category = "maintenance", rule = "rds.maintenance", priority = "normal" },
}
test "cancelled, a retirement by its title" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon EC2 Instance scheduled for retirement [AWS Account: 123456789012]",
  body    = "Hello,\n\nThe retirement of i-0a1b2c3d4e5f60718 has been cancelled.\n",
  expect  = { category = "maintenance", rule = "maintenance.cancelled" },
}
test "a cancelled course is no maintenance" {
  from    = "no-reply-aws@amazon.com",
  subject = "Your course scheduled for December 11, 2026",
  body    = "The course has been cancelled.",
  expect  = { rule = false, category = "unmatched" },
}
test "a cancelled subscription is no maintenance" {
  from    = "no-reply-aws@amazon.com",
  subject = "Your AWS Marketplace subscription for Example Scheduler",
  body    = "Your subscription has been cancelled.",
  expect  = { category = "marketplace" },
}

-- What computes -------------------------------------------------------------------------------------------------------------

gallery("ec2.instance-retirement", { "ec2-retirement-ebs-text", "ec2-retirement-ebs-html" }, {
  service = "EC2", found = { instances = { "i-0a1b2c3d4e5f60718" } },
  notice = { starts = "2026-12-10T04:00:00Z", regions = { "ap-northeast-1" }, resources = { "i-0a1b2c3d4e5f60718" } },
})
gallery("ec2.instance-retirement", { "ec2-retirement-instance-store" })
gallery("ec2.instance-retirement", { "ec2-retirement-ja" }, { notice = { action_required = true } })
titled("ec2.instance-retirement", {
  "Amazon EC2 Instance scheduled for retirement", "EC2 Instance Retirement - i-0a1b2c3d4e5f60718", "Amazon EC2 インスタンスのリタイア予定のお知らせ",
  "Your Amazon EC2 instance i-0a1b2c3d4e5f60718 is scheduled for retirement", "[Retirement Notification] Amazon EC2 Instance scheduled for retirement",
  "Upcoming Amazon EC2 instance retirement notice",
})
typed("ec2.instance-retirement", { "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED" })
typed("ec2.retirement-expedited", { "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_EXPEDITED", "AWS_EC2_INSTANCE_RETIREMENT_EXPEDITED" })

gallery("ec2.dedicated-host", { "ec2-dedicated-host-text", "ec2-dedicated-host-html" }, {
  found = { hosts = { "h-0123456789abcdef0" } }, notice = { deadline = "2026-12-14T00:00:00Z" },
})
titled("ec2.dedicated-host", { "Amazon EC2 Maintenance: Dedicated Host scheduled for retirement", "EC2 Dedicated Host maintenance notification" })
typed("ec2.dedicated-host", { "AWS_EC2_DEDICATED_HOST_RETIREMENT_SCHEDULED", "AWS_EC2_DEDICATED_HOST_POWER_MAINTENANCE_SCHEDULED" })

gallery("ec2.scheduled-maintenance", { "ec2-reboot-text", "ec2-reboot-html" }, {
  found = { instances = { "i-0c1b2c3d4e5f60720" } }, notice = { starts = "2026-12-08T18:00:00Z", ends = "2026-12-08T20:00:00Z" },
})
gallery("ec2.scheduled-maintenance", { "ec2-network-maintenance" })
titled("ec2.scheduled-maintenance", {
  "Amazon EC2 Maintenance: Instance scheduled for maintenance", "Amazon EC2 Maintenance: Instance scheduled for power maintenance",
  "Amazon EC2 Maintenance: Instance scheduled for stop", "Amazon EC2 Instance scheduled for reboot", "Amazon EC2 のメンテナンスのお知らせ",
})
typed("ec2.scheduled-maintenance", {
  "AWS_EC2_INSTANCE_REBOOT_FLEXIBLE_MAINTENANCE_SCHEDULED", "AWS_EC2_SYSTEM_MAINTENANCE_EVENT", "AWS_EC2_MAINTENANCE_SCHEDULED",
  "AWS_EC2_INSTANCE_STOP_SCHEDULED", "AWS_EC2_INSTANCE_TERMINATION_SCHEDULED",
})
gallery("ec2.degraded-drive", { "ec2-degraded-drive" }, { priority = "high" })
gallery("ebs.volume-trouble", { "ebs-volume-lost-text", "ebs-volume-lost-html" }, { priority = "high", found = { volumes = { "vol-0a1b2c3d4e5f60718" } } })
titled("ebs.volume-trouble", { "Your Amazon EBS Volume vol-0a1b2c3d4e5f60718", "Amazon EBS volume performance degraded" })
typed("ebs.volume-trouble", {
  "AWS_EBS_LOST_VOLUME", "AWS_EBS_DEGRADED_EBS_VOLUME", "AWS_EBS_POTENTIAL_DATA_INCONSISTENCY", "AWS_EBS_VOLUME_ATTACHMENT_ISSUE",
})
titled("ebs.maintenance", { "Amazon EBS volume maintenance" })
gallery("ecs.fargate-task-retirement", { "fargate-retirement-2026" })
titled("ecs.fargate-task-retirement", {
  "[Retirement Notification] Amazon ECS (Fargate) tasks scheduled for termination", "Amazon ECS (Fargate) task scheduled for termination",
  "AWS Fargate task retirement notification", "AWS Fargate タスクのリタイアについて", "Your Fargate tasks will be retired",
})
gallery("eks.maintenance", { "eks-fargate-patching" })
titled("eks.maintenance", { "Amazon EKS cluster scheduled for upgrade to 1.32", "Amazon EKS control plane maintenance" })
gallery("lightsail.maintenance", { "lightsail-maintenance" })
titled("lightsail.maintenance", { "Amazon Lightsail instance retirement" })
gallery("workspaces.maintenance", { "workspaces-maintenance" })
titled("appstream.maintenance", { "Amazon AppStream 2.0 fleet maintenance" })
titled("outposts.maintenance", { "AWS Outposts rack maintenance", "AWS Outpost server retirement" })
gallery("beanstalk.managed-update", { "beanstalk-managed-update" })
titled("beanstalk.managed-update", { "Your Elastic Beanstalk managed platform update" })
titled("sagemaker.maintenance", { "Amazon SageMaker notebook instance maintenance" })
titled("gamelift.maintenance", { "Amazon GameLift fleet maintenance" })
titled("emr.maintenance", { "Amazon EMR cluster maintenance" })

-- Databases -----------------------------------------------------------------------------------------------------------------

gallery("rds.maintenance", { "rds-maintenance-text", "rds-maintenance-html" }, { notice = { starts = "2026-12-06T17:00:00Z", ends = "2026-12-06T17:30:00Z" } })
gallery("rds.maintenance", { "rds-maintenance-iso-2022-jp" })
titled("rds.maintenance", { "Amazon Aurora cluster maintenance", "Scheduled maintenance for Amazon RDS instances", "Amazon RDS instance scheduled for restart" })
typed("rds.maintenance", { "AWS_RDS_MAINTENANCE_SCHEDULED", "AWS_RDS_HARDWARE_MAINTENANCE_SCHEDULED" })
gallery("rds.os-update", { "rds-os-update" })
titled("rds.os-update", { "Amazon RDS operating system upgrade", "RDS for MySQL OS update available" })
gallery("rds.auto-minor-upgrade", { "rds-auto-minor-upgrade" })
titled("rds.auto-minor-upgrade", { "Amazon RDS automatic minor version upgrade campaign for MySQL", "AWS - Auto Minor Version Upgrade Campaign - Aurora" })
gallery("redshift.maintenance", { "redshift-maintenance" })
gallery("elasticache.maintenance", { "elasticache-node-replacement-text", "elasticache-node-replacement-html" }, {
  notice = { starts = "2026-12-11T15:00:00Z", ends = "2026-12-11T16:00:00Z" },
})
typed("elasticache.maintenance", { "AWS_ELASTICACHE_NODE_REPLACEMENT_SCHEDULED" })
titled("memorydb.maintenance", { "Amazon MemoryDB cluster maintenance" })
gallery("documentdb.patch", { "documentdb-patch" })
titled("documentdb.patch", { "[Notification] Amazon DocumentDB Service patch notification", "Amazon DocumentDB cluster maintenance", "Amazon DocumentDB service notification" })
titled("neptune.maintenance", { "Amazon Neptune cluster maintenance" })
gallery("opensearch.maintenance", { "opensearch-maintenance" })
gallery("dms.maintenance", { "dms-maintenance" })
titled("dax.maintenance", { "Amazon DynamoDB Accelerator node replacement" })
titled("timestream.maintenance", { "Amazon Timestream for InfluxDB instance maintenance" })

-- Network, directories ------------------------------------------------------------------------------------------------------

titled("directconnect.maintenance", { "AWS Direct Connect のメンテナンスのお知らせ", "Direct Connect maintenance in Tokyo" })
titled("maintenance.emergency", { "AWS Direct Connect Emergency Maintenance Notification", "Amazon RDS の緊急メンテナンスのお知らせ" })
titled("maintenance.completed", { "AWS Direct Connect Maintenance Complete" })
gallery("vpn.maintenance", { "vpn-tunnel-replacement-text", "vpn-tunnel-replacement-html" }, { found = { vpns = { "vpn-0a1b2c3d4e5f60718" } } })
titled("vpn.maintenance", { "Your VPN tunnel maintenance", "AWS Client VPN endpoint maintenance" })
gallery("vpn.connections", { "vpn-redundancy" }, { found = { vpns = { "vpn-0b1b2c3d4e5f60719" } } })
titled("vpn.connections", { "Your VPN connection has lost redundancy" })
titled("transitgateway.maintenance", { "AWS Transit Gateway maintenance" })
titled("vpc.maintenance", { "NAT Gateway scheduled maintenance" })
titled("elb.maintenance", { "Application Load Balancer maintenance" })
titled("globalaccelerator.maintenance", { "AWS Global Accelerator planned maintenance" })
gallery("directoryservice.maintenance", { "directory-maintenance" })
titled("cloudhsm.maintenance", { "AWS CloudHSM hardware retirement" })

-- Storage, queues, streams --------------------------------------------------------------------------------------------------

gallery("storagegateway.maintenance", { "storage-gateway-update-text", "storage-gateway-update-html" }, { notice = { starts = "2026-12-13T03:00:00Z" } })
gallery("fsx.maintenance", { "fsx-maintenance" })
titled("efs.maintenance", { "Amazon EFS maintenance" })
titled("s3.maintenance", { "AWS Transfer Family server maintenance" })
gallery("mq.maintenance", { "mq-maintenance" })
gallery("msk.maintenance", { "msk-patching" })
test "MSK: the fixture of an HTML maintenance" {
  mail   = "fixtures/general-maintenance-html.eml",
  expect = { category = "maintenance", rule = "msk.maintenance", account = "123456789012", notice = { service = "KAFKA", starts = "2026-11-25T16:00:00Z" } },
}
titled("mwaa.maintenance", { "Amazon MWAA environment maintenance" })
titled("kinesis.maintenance", { "Amazon Managed Service for Apache Flink application maintenance" })
titled("elemental.maintenance", { "AWS Elemental MediaConnect flow maintenance" })

-- Dates and states that are easily taken for others
local function timed(mail, rule, starts, ends, status)
  test("gallery: " .. mail) {
    mail   = "fixtures/maintenance/" .. mail .. ".eml",
    expect = { category = "maintenance", rule = rule, notice = { starts = starts, ends = ends, status = status, deadline = false } },
  }
end
timed("direct-connect-rescheduled", "directconnect.maintenance", "2026-12-19T16:00:00Z", "2026-12-19T20:00:00Z", "updated")
timed("direct-connect-completed", "maintenance.completed", "2026-11-21T16:00:00Z", "2026-11-21T20:00:00Z", "completed")
timed("direct-connect-postponed-ja", "directconnect.maintenance", "2026-12-19T16:00:00Z", "2026-12-19T20:00:00Z", "updated")
timed("direct-connect-called-off-ja", "maintenance.cancelled", "2026-12-12T16:00:00Z", "2026-12-12T20:00:00Z", "cancelled")
timed("workspaces-day-behind", "workspaces.maintenance", "2026-12-13T15:00:00Z", "2026-12-13T19:00:00Z", false)
timed("rds-wrong-dates", "rds.maintenance", "2026-12-01T22:00:00Z", "2026-12-02T02:00:00Z", "updated")
