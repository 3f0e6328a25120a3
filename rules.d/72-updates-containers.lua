-- Service updates of containers.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

-- Before the versions: the images of nodes end by themselves
rule "eks.node-images" {
  any      = { aws { title = nocase { "{any}EKS{any}Amazon Linux 2{any}", "{any}EKS{any}optimized{any}AMI{any}", "{any}EKS{any} AL2 {any}" } } },
  category = "service_update",
  service  = "EKS",
  advice   = {
    ja = "EKS 最適化 AMI (Amazon Linux 2 など) の提供が終了します。cgroup v2 や IMDSv2 の既定など、Amazon Linux 2023 や Bottlerocket との違いを確認し、"
      .. "新しい AMI のノードグループを作成してワークロードを移してください。",
    en = "An EKS optimized image, such as that of Amazon Linux 2, is no longer published. Mind what differs on Amazon Linux 2023 or Bottlerocket "
      .. "(cgroup v2, IMDSv2), create node groups on the new image and move the workloads.",
    url = "https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-ami.html",
  },
}

rule "eks.version-end" {
  any      = {
    { title = {
      "Amazon EKS Kubernetes {version} end of standard support",
      "Amazon EKS Kubernetes {version} end of extended support",
      "Amazon EKS Kubernetes {version} end of support",
      "Amazon EKS Kubernetes {version} の標準サポート終了{any}",
      "Amazon EKS Kubernetes {version} の延長サポート終了{any}",
    } },
    aws { title = ends { "Amazon EKS", "Kubernetes version" } },
    { event_type = "AWS_EKS_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "EKS",
  advice   = {
    ja = "標準サポート終了後は延長サポートの料金がかかり、延長サポート終了時にコントロールプレーンが自動で更新されます。EKS のアップグレードインサイトで"
      .. "廃止される API を確認し、アドオン・ノードの順に互換性を確かめながら、マイナーバージョンを一つずつ期日までに更新してください。",
    en = "After standard support the cluster costs more, and at the end of extended support its control plane is upgraded by AWS. Look for removed "
      .. "APIs in the upgrade insights, check add-ons and nodes, and upgrade before the date, one minor version at a time.",
    url = "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
  },
}

rule "eks.changes" {
  any      = { aws { title = changes { "Amazon EKS", "AWS App Mesh" } } },
  category = "service_update",
  service  = "EKS",
  advice   = advice.change "https://docs.aws.amazon.com/eks/latest/userguide/doc-history.html",
}

rule "fargate.platform-version" {
  any      = {
    { title = "AWS Fargate platform version {version} {line}" },
    aws { title = { ends { "AWS Fargate" } } },
  },
  category = "service_update",
  service  = "ECS",
  advice   = {
    ja = "Fargate のプラットフォームバージョンが廃止されます。バージョンを固定しているサービスやタスク定義を LATEST または新しいバージョンに変更し、"
      .. "新しいデプロイを強制して切り替えてください。",
    en = "A Fargate platform version is retired. Change services and tasks that name it to LATEST or to a newer one, and force a new deployment.",
    url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html",
  },
}

rule "ecs.ends" {
  any      = {
    { title = "Amazon ECS-optimized {line} end of {line}" },
    aws { title = { ends { "Amazon ECS", "AWS Copilot" }, changes { "Amazon ECS" } } },
    { event_type = "AWS_ECS_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "ECS",
  advice   = {
    ja = "ECS 最適化 AMI、ECS エージェント、または ECS の機能のサポートが変わります。コンテナインスタンスの AMI とエージェントのバージョンを確認し、"
      .. "新しい AMI でインスタンスを入れ替えてください(ドレインしてから停止)。",
    en = "An ECS optimized image, the agent or a feature of ECS changes its support. See which image and agent the container instances have, and "
      .. "replace them by ones on the new image (drain first).",
    url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html",
  },
}

rule "ecr.changes" {
  any      = {
    aws { title = { ends { "Amazon ECR" }, changes { "Amazon ECR", "Amazon Elastic Container Registry" } } },
    { event_type = "AWS_ECR_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "ECR",
  advice   = advice.change "https://docs.aws.amazon.com/AmazonECR/latest/userguide/doc-history.html",
}

rule "rosa.version-end" {
  any      = {
    aws { title = { ends { "Red Hat OpenShift Service on AWS", "ROSA" }, changes { "Red Hat OpenShift Service on AWS" } } },
    { event_type = "AWS_ROSA_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "ROSA",
  advice   = advice.version "https://docs.aws.amazon.com/rosa/latest/userguide/what-is-rosa.html",
}
