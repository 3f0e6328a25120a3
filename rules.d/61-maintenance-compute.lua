-- Maintenance of what computes: EC2 and its disks, Fargate, EKS, Lightsail, WorkSpaces. Each rule knows the subjects seen, the
-- grammar of others, and the event type, which is the most reliable of the three.
local titles, advice = require "titles", require "advice"
local aws, maintenance, retirement = titles.aws, titles.maintenance, titles.retirement

-- Before the instances: AWS_EC2_*RETIREMENT* would take its event types too
rule "ec2.dedicated-host" {
  any      = {
    { title = { "Amazon EC2 Dedicated Host Retirement", "Amazon EC2 Maintenance: Dedicated Host scheduled for {line}" } },
    aws { title = { maintenance { "Amazon EC2 Dedicated Host", "EC2 Dedicated Host" }, retirement { "Amazon EC2 Dedicated Host", "EC2 Dedicated Host" } } },
    { event_type = "AWS_EC2_DEDICATED_HOST_*" },
  },
  category = "maintenance",
  service  = "EC2",
  collect  = { hosts = "{host}" },
  advice   = {
    ja = "Dedicated Host がリタイアまたはメンテナンスの対象です。新しい Dedicated Host を割り当て、予定日時までにインスタンスを停止して移してください。"
      .. "ホストの自動復旧を有効にしていても、リタイアでは自分で移す必要がある場合があります。",
    en = "The Dedicated Host will be retired or maintained. Allocate another host, and stop and move the instances before the given time. "
      .. "Host recovery does not spare you that in every case of a retirement.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-overview.html",
  },
}

rule "ec2.retirement-expedited" {
  event_type = "AWS_EC2_*RETIREMENT_EXPEDITED",
  category   = "maintenance",
  service    = "EC2",
  priority   = "high",
  tags       = { "emergency" },
  collect    = { instances = "{instance}" },
  advice     = {
    ja = "ハードウェアの状態が悪化し、リタイアの予定が早められました。今すぐインスタンスを停止・開始して別のホストへ移すか、代わりのインスタンスに切り替えてください。"
      .. "インスタンスストアのデータはすぐに退避してください。",
    en = "The hardware grew worse, and the retirement comes earlier than announced. Stop and start the instance now so that it moves to another host, or "
      .. "switch to a replacement. Save the data of instance stores at once.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-retirement.html",
  },
}

rule "ec2.instance-retirement" {
  any      = {
    { title = {
      "Amazon EC2 Instance Retirement",
      "Amazon EC2 Maintenance: Instance scheduled for retirement",
      "[Retirement Notification] Amazon EC2 Instance scheduled for retirement",
      "[Retirement Notification] Amazon EC2 Instance scheduled for retirement.",
      "Amazon EC2 Instance scheduled for retirement",
      "EC2 Instance Retirement - {instance}",
      "Your Amazon EC2 instance {instance} is scheduled for retirement",
      "Amazon EC2 インスタンスのリタイア{any}",
    } },
    aws { title = nocase { "{any}Amazon EC2 {any}retirement{any}", "{any}EC2 instance{any}retire{any}", "{any}EC2 {any}リタイア{any}" } },
    { event_type = "AWS_EC2_*RETIREMENT*" },
  },
  category = "maintenance",
  service  = "EC2",
  collect  = { instances = "{instance}" },
  advice   = {
    ja = "インスタンスのハードウェアに劣化が検出されています。EBS ルートのインスタンスは予定日時までに停止・開始するとホストが替わります(再起動では替わりません)。"
      .. "インスタンスストアのデータは失われるため、事前に退避または再作成してください。Elastic IP を使っていない場合、停止・開始でパブリック IP が変わります。",
    en = "The hardware under the instance is failing. An instance with an EBS root moves to another host when you stop and start it "
      .. "before the given time (a reboot is not enough). Data on instance store is lost: save it or launch a replacement. Without an "
      .. "Elastic IP the public address changes.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-retirement.html",
  },
}

rule "ec2.scheduled-maintenance" {
  any      = {
    { title = {
      "Amazon EC2 Maintenance: Instance scheduled for reboot",
      "Amazon EC2 Maintenance: Instance scheduled for {word} maintenance",
      "Amazon EC2 Maintenance: Instance scheduled for maintenance",
      "Amazon EC2 Maintenance: Instance scheduled for {line}",
      "Amazon EC2 Instance scheduled for {line}",
    } },
    aws { title = maintenance { "Amazon EC2", "EC2 instance", "EC2 インスタンス" } },
    { event_type = {
      "AWS_EC2_*MAINTENANCE*", "AWS_EC2_INSTANCE_STOP_SCHEDULED", "AWS_EC2_INSTANCE_TERMINATION_SCHEDULED",
    } },
  },
  category = "maintenance",
  service  = "EC2",
  collect  = { instances = "{instance}" },
  advice   = {
    ja = "予定された時間帯にインスタンスの再起動・停止・通信断が発生します。都合が悪い場合は、事前に停止・開始するか、EC2 コンソールの [イベント] で日時を変更できるか確認してください。"
      .. "OS 内のサービスが再起動後に自動で立ち上がることも確かめておいてください。",
    en = "The instance will be rebooted, stopped or cut off in the given window. If that does not suit, stop and start it beforehand, or see "
      .. "under Events in the EC2 console whether the event can be rescheduled. Make sure that its services come up by themselves.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instances-status-check_sched.html",
  },
}

rule "ec2.degraded-drive" {
  any      = {
    aws { title = nocase { "Amazon EC2 instance store{any}degrad{any}", "{any}instance store drive{any}" } },
    { event_type = "AWS_EC2_INSTANCE_STORE_DRIVE_PERFORMANCE_DEGRADED" },
  },
  category = "maintenance",
  service  = "EC2",
  priority = "high",
  advice   = {
    ja = "インスタンスストアのドライブ性能が劣化しています。データが失われる前に EBS や S3 へ退避し、インスタンスを作り直すか、停止・開始して別のホストへ移してください。"
      .. "停止するとインスタンスストアの内容は消えます。",
    en = "An instance store drive is degraded. Save its data to EBS or S3 before it is lost, then launch a replacement, or stop and start the "
      .. "instance to reach another host. Stopping erases the instance store.",
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html",
  },
}

rule "ebs.volume-trouble" {
  any      = {
    { title = { "Amazon EBS Volume Lost", "Your Amazon EBS Volume {volume}{any}" } },
    aws { title = nocase { "{any}EBS volume{any}lost{any}", "{any}EBS volume{any}degrad{any}", "{any}EBS volume{any}inconsisten{any}" } },
    { event_type = {
      "AWS_EBS_VOLUME_LOST", "AWS_EBS_LOST_VOLUME", "AWS_EBS_DEGRADED_EBS_VOLUME", "AWS_EBS_POTENTIAL_DATA_INCONSISTENCY",
      "AWS_EBS_VOLUME_ATTACHMENT_ISSUE",
    } },
  },
  category = "maintenance",
  service  = "EBS",
  priority = "high",
  collect  = { volumes = "{volume}" },
  advice   = {
    ja = "EBS ボリュームが失われたか、劣化しています。アプリケーションの状態を確認し、最新のスナップショットから新しいボリュームを復元して付け替えてください。"
      .. "スナップショット以降のデータは戻らないことがあります。",
    en = "An EBS volume was lost or is degraded. Check the application on it, restore a new volume from the latest snapshot and attach that. "
      .. "What was written after the snapshot may be gone.",
    url = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-restoring-volume.html",
  },
}

rule "ebs.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon EBS", "Amazon Elastic Block Store" } },
    { event_type = "AWS_EBS_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "EBS",
  collect  = { volumes = "{volume}" },
  advice   = advice.window "https://docs.aws.amazon.com/ebs/latest/userguide/monitoring-volume-status.html",
}

rule "ecs.fargate-task-retirement" {
  any      = {
    { title = {
      "[Retirement Notification] Amazon ECS (Fargate) task scheduled for termination",
      "[Retirement Notification] Amazon ECS (Fargate) tasks scheduled for termination",
      "Amazon ECS (Fargate) task scheduled for termination",
      "AWS Fargate task retirement{any}",
      "AWS Fargate タスクのリタイア{any}",
    } },
    aws { title = { maintenance { "Amazon ECS", "AWS Fargate" }, retirement { "Amazon ECS", "AWS Fargate" }, nocase "{any}Fargate{any}task{any}retire{any}" } },
    { event_type = { "AWS_ECS_TASK_*RETIREMENT*", "AWS_ECS_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "ECS",
  advice   = {
    ja = "予定日時以降に Fargate タスクが停止されます。サービスのタスクは自動で置き換わりますが、スタンドアロンのタスクは起動し直しが必要です。"
      .. "都合のよい時間に「新しいデプロイの強制」で先に入れ替えられます。最小ヘルス率とデプロイの設定で必要な台数が保たれるか確認してください。",
    en = "Fargate will stop the task after the given time. Tasks of a service are replaced by themselves, standalone tasks must be "
      .. "started again. To choose the time yourself, force a new deployment beforehand. See that the minimum healthy percentage keeps "
      .. "enough tasks running.",
    url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-maintenance.html",
  },
}

rule "eks.maintenance" {
  any      = {
    { title = "Amazon EKS cluster scheduled for upgrade{any}" },
    aws { title = { maintenance { "Amazon EKS", "Amazon Elastic Kubernetes Service" }, nocase "{any}EKS{any}Fargate{any}pod{any}" } },
    { event_type = { "AWS_EKS_*MAINTENANCE*", "AWS_EKS_*RETIREMENT*", "AWS_EKS_*UPGRADE_SCHEDULED" } },
  },
  category = "maintenance",
  service  = "EKS",
  advice   = {
    ja = "予定日時に EKS のポッド・ノード・コントロールプレーンが更新または置き換えられます。PodDisruptionBudget とレプリカ数を確認し、"
      .. "可能であれば都合のよい時間に自分で更新(ノードの入れ替え、ポッドの再作成)を済ませてください。",
    en = "At the given time pods, nodes or the control plane of the cluster are updated or replaced. Look at disruption budgets and numbers "
      .. "of replicas, and if you can, do the work yourself at a better time (replace nodes, recreate pods).",
    url = "https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-patching.html",
  },
}

rule "lightsail.maintenance" {
  any      = {
    aws { title = { maintenance { "Amazon Lightsail" }, retirement { "Amazon Lightsail" } } },
    { event_type = { "AWS_LIGHTSAIL_*MAINTENANCE*", "AWS_LIGHTSAIL_*RETIREMENT*" } },
  },
  category = "maintenance",
  service  = "LIGHTSAIL",
  advice   = {
    ja = "Lightsail のインスタンスまたはデータベースがメンテナンスの対象です。事前にスナップショットを取得し、予定日時までに停止・開始するか、"
      .. "スナップショットから新しいインスタンスを作成してください。静的 IP を付けていない場合は IP アドレスが変わります。",
    en = "A Lightsail instance or database is to be maintained. Take a snapshot, then stop and start it before the given time, or create a new "
      .. "one from the snapshot. Without a static IP its address changes.",
    url = "https://docs.aws.amazon.com/lightsail/latest/userguide/understanding-snapshots-in-amazon-lightsail.html",
  },
}

rule "workspaces.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon WorkSpaces", "WorkSpaces" } },
    { event_type = "AWS_WORKSPACES_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "WORKSPACES",
  advice   = {
    ja = "メンテナンス中は WorkSpaces に接続できないか、再起動されることがあります。利用者に日時を知らせ、作業中のファイルを保存するよう案内してください。"
      .. "AutoStop の WorkSpaces は月に一度、メンテナンスのために自動で起動します。",
    en = "During the maintenance WorkSpaces may be out of reach or be rebooted. Tell the users when, and to save their work. WorkSpaces in "
      .. "AutoStop mode are started once a month for maintenance.",
    url = "https://docs.aws.amazon.com/workspaces/latest/adminguide/workspace-maintenance.html",
  },
}

rule "appstream.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon AppStream", "Amazon WorkSpaces Applications" } },
    { event_type = "AWS_APPSTREAM_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "APPSTREAM",
  advice   = advice.window "https://docs.aws.amazon.com/appstream2/latest/developerguide/administer-images.html",
}

rule "outposts.maintenance" {
  any      = {
    aws { title = { maintenance { "AWS Outposts", "AWS Outpost" }, retirement { "AWS Outposts", "AWS Outpost" } } },
    { event_type = { "AWS_OUTPOSTS_*MAINTENANCE*", "AWS_OUTPOSTS_*RETIREMENT*" } },
  },
  category = "maintenance",
  service  = "OUTPOSTS",
  advice   = advice.window "https://docs.aws.amazon.com/outposts/latest/userguide/outpost-maintenance.html",
}

rule "beanstalk.managed-update" {
  any      = {
    aws { title = { maintenance { "AWS Elastic Beanstalk" }, nocase "{any}Elastic Beanstalk{any}managed platform update{any}" } },
    { event_type = "AWS_ELASTICBEANSTALK_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "ELASTICBEANSTALK",
  advice   = {
    ja = "Elastic Beanstalk のマネージドプラットフォーム更新が予定されています。更新中はインスタンスが入れ替わります。デプロイ方式(イミュータブルなど)と"
      .. "更新ウィンドウを確認し、必要なら事前に自分で適用してください。",
    en = "A managed platform update is planned; instances are replaced while it runs. Look at the deployment policy and the update window, and "
      .. "apply it yourself beforehand if need be.",
    url = "https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environment-platform-update-managed.html",
  },
}

rule "sagemaker.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon SageMaker" } },
    { event_type = "AWS_SAGEMAKER_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "SAGEMAKER",
  advice   = {
    ja = "SageMaker のノートブックやエンドポイントに更新が適用されます。ノートブックは停止・開始すると更新されます。/home/ec2-user/SageMaker 以外に置いたファイルは"
      .. "失われるため、事前に退避してください。",
    en = "An update is applied to SageMaker notebooks or endpoints. A notebook is updated when you stop and start it. Files outside of "
      .. "/home/ec2-user/SageMaker are lost: save them first.",
    url = "https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-software-updates.html",
  },
}

rule "gamelift.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon GameLift" } },
    { event_type = { "AWS_GAMELIFT_*MAINTENANCE*", "AWS_GAMELIFT_*RETIREMENT*" } },
  },
  category = "maintenance",
  service  = "GAMELIFT",
  advice   = advice.window "https://docs.aws.amazon.com/gamelift/latest/developerguide/fleets-intro.html",
}

rule "emr.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon EMR" } },
    { event_type = { "AWS_ELASTICMAPREDUCE_*MAINTENANCE*", "AWS_EMR_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "EMR",
  advice   = advice.window "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-what-is-emr.html",
}
