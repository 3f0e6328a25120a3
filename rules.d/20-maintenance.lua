-- Maintenance of resources: what AWS will stop, reboot or replace. Each rule knows the subjects seen and the event type, which
-- is the more reliable of the two.

local retirement_advice = {
  ja = "インスタンスのハードウェアに劣化が検出されています。EBS ルートのインスタンスは予定日時までに停止・開始するとホストが替わります(再起動では替わりません)。"
    .. "インスタンスストアのデータは失われるため、事前に退避または再作成してください。",
  en = "The hardware under the instance is failing. An instance with an EBS root moves to another host when you stop and start it "
    .. "before the given time (a reboot is not enough). Data on instance store is lost: save it or launch a replacement.",
  url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-retirement.html",
}

-- Before the instances: AWS_EC2_*RETIREMENT* would take its event types too
rule "ec2.dedicated-host" {
  any      = {
    title      = { "Amazon EC2 Dedicated Host Retirement", "Amazon EC2 Maintenance: Dedicated Host scheduled for retirement" },
    event_type = "AWS_EC2_DEDICATED_HOST_*",
  },
  category = "maintenance",
  service  = "EC2",
  collect  = { hosts = "{host}" },
  advice   = {
    ja = "Dedicated Host がリタイアまたはメンテナンスの対象です。新しい Dedicated Host を割り当て、予定日時までにインスタンスを停止して移してください。",
    en = "The Dedicated Host will be retired or maintained. Allocate another host, and stop and move the instances before the given time.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-overview.html",
  },
}

rule "ec2.instance-retirement" {
  any      = {
    title      = {
      "Amazon EC2 Instance Retirement",
      "Amazon EC2 Maintenance: Instance scheduled for retirement",
      "[Retirement Notification] Amazon EC2 Instance scheduled for retirement",
      "[Retirement Notification] Amazon EC2 Instance scheduled for retirement.",
      "Amazon EC2 Instance scheduled for retirement",
      "EC2 Instance Retirement - {instance}",
    },
    event_type = "AWS_EC2_*RETIREMENT*",
  },
  category = "maintenance",
  service  = "EC2",
  collect  = { instances = "{instance}" },
  advice   = retirement_advice,
}

rule "ec2.scheduled-maintenance" {
  any      = {
    title      = {
      "Amazon EC2 Maintenance: Instance scheduled for reboot",
      "Amazon EC2 Maintenance: Instance scheduled for {word} maintenance",
      "Amazon EC2 Maintenance: Instance scheduled for maintenance",
    },
    event_type = {
      "AWS_EC2_*MAINTENANCE_SCHEDULED", "AWS_EC2_SYSTEM_MAINTENANCE_EVENT", "AWS_EC2_INSTANCE_STOP_SCHEDULED",
      "AWS_EC2_INSTANCE_TERMINATION_SCHEDULED",
    },
  },
  category = "maintenance",
  service  = "EC2",
  collect  = { instances = "{instance}" },
  advice   = {
    ja = "予定された時間帯にインスタンスの再起動・停止・通信断が発生します。都合が悪い場合は、事前に停止・開始するか、EC2 コンソールの [イベント] で日時を変更できるか確認してください。",
    en = "The instance will be rebooted, stopped or cut off in the given window. If that does not suit, stop and start it beforehand, or see "
      .. "under Events in the EC2 console whether the event can be rescheduled.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instances-status-check_sched.html",
  },
}

rule "ec2.degraded-drive" {
  event_type = "AWS_EC2_INSTANCE_STORE_DRIVE_PERFORMANCE_DEGRADED",
  category   = "maintenance",
  service    = "EC2",
  priority   = "high",
  advice     = {
    ja = "インスタンスストアのドライブ性能が劣化しています。データを退避し、インスタンスを作り直してください。",
    en = "An instance store drive is degraded. Save its data and launch a replacement instance.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html",
  },
}

rule "ebs.volume-trouble" {
  event_type = {
    "AWS_EBS_VOLUME_LOST", "AWS_EBS_LOST_VOLUME", "AWS_EBS_DEGRADED_EBS_VOLUME", "AWS_EBS_POTENTIAL_DATA_INCONSISTENCY",
    "AWS_EBS_VOLUME_ATTACHMENT_ISSUE",
  },
  category   = "maintenance",
  service    = "EBS",
  priority   = "high",
  collect    = { volumes = "{volume}" },
  advice     = {
    ja = "EBS ボリュームが失われたか、劣化しています。最新のスナップショットから復元できることを確認し、アプリケーションの状態を確認してください。",
    en = "An EBS volume was lost or is degraded. Make sure that the latest snapshot can be restored, and check the application on it.",
    url = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-restoring-volume.html",
  },
}

rule "ecs.fargate-task-retirement" {
  any      = {
    title      = {
      "[Retirement Notification] Amazon ECS (Fargate) task scheduled for termination",
      "[Retirement Notification] Amazon ECS (Fargate) tasks scheduled for termination",
      "Amazon ECS (Fargate) task scheduled for termination",
    },
    event_type = "AWS_ECS_TASK_*RETIREMENT*",
  },
  category = "maintenance",
  service  = "ECS",
  advice   = {
    ja = "予定日時以降に Fargate タスクが停止されます。サービスのタスクは自動で置き換わりますが、スタンドアロンのタスクは起動し直しが必要です。"
      .. "都合のよい時間に「新しいデプロイの強制」で先に入れ替えられます。",
    en = "Fargate will stop the task after the given time. Tasks of a service are replaced by themselves, standalone tasks must be "
      .. "started again. To choose the time yourself, force a new deployment beforehand.",
    url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-maintenance.html",
  },
}

-- Emergency and cancelled work comes under the same subject: the notice's status says which
rule "directconnect.maintenance" {
  any      = {
    title      = { "AWS Direct Connect Planned Maintenance Notification", "AWS Direct Connect Emergency Maintenance Notification" },
    event_type = "AWS_DIRECTCONNECT_*MAINTENANCE*",
  },
  category = "maintenance",
  service  = "DIRECTCONNECT",
  collect  = { connections = "{dxcon}" },
  advice   = {
    ja = "Direct Connect のメンテナンス中は対象の接続が切断されることがあります。冗長な接続または VPN に経路が切り替わることを事前に確認してください。",
    en = "The connection may be down during the maintenance. Make sure beforehand that traffic moves to the redundant connection or the VPN.",
    url = "https://docs.aws.amazon.com/directconnect/latest/UserGuide/maintenance-events.html",
  },
}

rule "vpn.connections" {
  any      = {
    title      = "Important notice about your AWS Account regarding VPN connections",
    event_type = "AWS_VPN_REDUNDANCY_LOSS",
  },
  category = "maintenance",
  service  = "VPN",
  collect  = { vpns = "{vpn}" },
  advice   = {
    ja = "VPN 接続のトンネルが片系になっています。両方のトンネルが UP になるよう、カスタマーゲートウェイの設定を確認してください。",
    en = "A VPN connection runs on one tunnel only. Configure the customer gateway so that both tunnels are up.",
    url = "https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-redundant-connection.html",
  },
}

rule "rds.maintenance" {
  any      = {
    title      = { contains "Auto Minor Version Upgrade Campaign - RDS", "Amazon RDS maintenance scheduled{any}" },
    event_type = { "AWS_RDS_*MAINTENANCE_SCHEDULED", "AWS_RDS_OPERATING_SYSTEM_UPGRADE_SCHEDULED" },
  },
  category = "maintenance",
  service  = "RDS",
  advice   = {
    ja = "次のメンテナンスウィンドウで DB インスタンスに変更が適用されます。停止時間の有無を確認し、必要なら事前に手動で適用するか、日程を調整してください。",
    en = "The change will be applied in the next maintenance window. Check whether it means downtime; apply it by hand earlier or defer it if need be.",
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html",
  },
}

rule "documentdb.patch" {
  title    = { "Amazon DocumentDB Service patch notification", "Amazon DocumentDB service patch notification" },
  category = "maintenance",
  service  = "DOCDB",
}
