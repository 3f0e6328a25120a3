-- Maintenance, in both forms of AWS Health mail.

test "EC2 retirement: text" {
  mail   = "fixtures/ec2-retirement-text.eml",
  expect = {
    category = "maintenance", rule = "ec2.instance-retirement", service = "EC2", account = "123456789012",
    found    = { instances = { "i-0c11d22e33f445566", "i-0c11d22e33f445567" } },
    notice   = { title = "Amazon EC2 Instance Retirement", event_type = "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED" },
    actions  = { { action = "forward", args = { to = "technical" } } },
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
    actions  = { { action = "forward", args = { to = "technical" } } },
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

test "EC2 retirement: unknown words, known event type" {
  from    = "no-reply-aws@amazon.com",
  subject = "Your instance needs to move [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_EXPEDITED" },
  body    = "i-0a1b2c3d4e5f60718",
  expect  = { category = "maintenance", rule = "ec2.instance-retirement" },
}

test "EC2 dedicated host: HTML" {
  mail   = "fixtures/dedicated-host-html.eml",
  expect = {
    category = "maintenance", rule = "ec2.dedicated-host", account = "123456789012", found = { hosts = { "h-0123456789abcdef0" } },
    actions  = { { action = "forward", args = { to = "technical" } } },
  },
}

test "EC2 dedicated host: by event type, before the instances" {
  from    = "no-reply-aws@amazon.com",
  subject = "Host needs attention [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_EC2_DEDICATED_HOST_RETIREMENT_SCHEDULED" },
  body    = "h-0123456789abcdef0",
  expect  = { category = "maintenance", rule = "ec2.dedicated-host" },
}

test "EC2 reboot" {
  from    = "no-reply-aws@amazon.com",
  subject = "Amazon EC2 Maintenance: Instance scheduled for reboot [AWS Account ID: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED" },
  body    = "i-0a1b2c3d4e5f60718",
  expect  = { category = "maintenance", rule = "ec2.scheduled-maintenance", found = { instances = { "i-0a1b2c3d4e5f60718" } } },
}

test "EC2 degraded drive" {
  from    = "health@aws.com",
  subject = "Degraded drive [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_EC2_INSTANCE_STORE_DRIVE_PERFORMANCE_DEGRADED" },
  body    = "i-0a1b2c3d4e5f60718",
  expect  = { category = "maintenance", rule = "ec2.degraded-drive", priority = "high" },
}

test "EBS lost volume" {
  from    = "health@aws.com",
  subject = "A volume was lost [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_EBS_VOLUME_LOST" },
  body    = "Volume vol-0a1b2c3d4e5f60718 could not be recovered.",
  expect  = { category = "maintenance", rule = "ebs.volume-trouble", priority = "high", found = { volumes = { "vol-0a1b2c3d4e5f60718" } } },
}

test "Fargate retirement" {
  mail   = "fixtures/fargate-retirement.eml",
  expect = {
    category = "maintenance", rule = "ecs.fargate-task-retirement", service = "ECS", account = "123456789012",
    notice   = { title = "[Retirement Notification] Amazon ECS (Fargate) task scheduled for termination" },
    actions  = { { action = "forward", args = { to = "technical" } } },
  },
}

test "Direct Connect" {
  mail   = "fixtures/directconnect-text.eml",
  expect = {
    category = "maintenance", rule = "directconnect.maintenance", account = "123456789012",
    found    = { connections = { "dxcon-ffabc123", "dxvif-fg456def" } },
  },
}

test "VPN" {
  from    = "no-reply-aws@amazon.com",
  subject = "Important notice about your AWS Account regarding VPN connections",
  body    = "AWS Account ID: 123456789012\nvpn-0a1b2c3d\n",
  expect  = { category = "maintenance", rule = "vpn.connections", found = { vpns = { "vpn-0a1b2c3d" } } },
}

test "RDS maintenance" {
  from    = "no-reply-aws@amazon.com",
  subject = "AWS - Auto Minor Version Upgrade Campaign - RDS PostgreSQL Upgrade feature to engine version 17.9.",
  body    = "AWS Account ID: 123456789012",
  expect  = { category = "maintenance", rule = "rds.maintenance" },
}

test "RDS hardware maintenance" {
  from    = "health@aws.com",
  subject = "Your database will be moved [AWS Account: 123456789012]",
  headers = { ["X-SM-COMMUNICATION-TYPE"] = "AWS_RDS_HARDWARE_MAINTENANCE_SCHEDULED" },
  body    = "Hello,",
  expect  = { category = "maintenance", rule = "rds.maintenance" },
}

test "DocumentDB patch" {
  from    = "no-reply-aws@amazon.com",
  subject = "[Notification] Amazon DocumentDB Service patch notification [AWS Account: 123456789012]",
  body    = "Hello,",
  expect  = { category = "maintenance", rule = "documentdb.patch", account = "123456789012" },
}
