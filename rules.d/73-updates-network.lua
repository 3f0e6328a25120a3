-- Service updates of the network, storage and the ways to reach AWS: TLS, certificates, S3, CloudFront, load balancers.
local titles, advice = require "titles", require "advice"
local aws, ends, changes = titles.aws, titles.ends, titles.changes

rule "tls.minimum-version" {
  any      = {
    { title = {
      "Update your TLS connections to {version} to maintain AWS endpoint connectivity",
      "Update your TLS connections to TLS {version} to maintain AWS endpoint connectivity",
      "Update your clients to TLS {version} or higher{any}",
    } },
    aws { title = nocase { "{any}TLS 1.0{any}", "{any}TLS 1.1{any}", "{any}TLS {version} {any}minimum{any}", "{any}minimum TLS{any}" } },
  },
  category = "service_update",
  advice   = {
    ja = "古い TLS バージョンでの接続が検出されています。CloudTrail の tlsDetails で接続元を特定し、SDK・OS・ランタイムを更新してください。"
      .. "期日後は TLS 1.2 未満の接続が拒否され、API 呼び出しが失敗します。",
    en = "Connections with an old TLS version were seen. Find the clients by tlsDetails in CloudTrail and update their SDK, OS or runtime. After "
      .. "the date connections below TLS 1.2 are refused, and calls fail.",
    url = "https://aws.amazon.com/blogs/security/tls-1-2-required-for-aws-endpoints/",
  },
}

rule "s3-cloudfront.certificates" {
  any      = {
    { title = {
      "Amazon S3 and Amazon CloudFront migrating default certificates to Amazon Trust Services starting {date}.",
      "Amazon S3 and Amazon CloudFront migrating default certificates to Amazon Trust Services starting {date}",
    } },
    aws { title = nocase { "{any}Amazon Trust Services{any}", "{any}default certificate{any}Amazon{any}", "{any}endpoint{any}certificate authorit{any}" } },
  },
  category = "service_update",
  service  = "S3",
  advice   = {
    ja = "AWS のエンドポイントが使う証明書の認証局が変わります。クライアントの信頼ストアに Amazon Trust Services のルート証明書が含まれているか確認してください。"
      .. "証明書のピンニングをしている場合は外すか更新してください。",
    en = "The certificates of AWS endpoints come from another authority. Make sure that the clients' trust stores have the root certificates of "
      .. "Amazon Trust Services, and loosen or renew whatever pins a certificate.",
    url = "https://www.amazontrust.com/repository/",
  },
}

rule "s3.signature-version-2" {
  any      = { aws { title = nocase { "{any}Signature Version 2{any}", "{any}SigV2{any}", "{any}Amazon S3{any}path-style{any}" } } },
  category = "service_update",
  service  = "S3",
  advice   = {
    ja = "署名バージョン 2 またはパス形式での S3 へのリクエストが検出されています。CloudTrail のデータイベントまたはサーバーアクセスログで呼び出し元を特定し、"
      .. "SDK やツールを署名バージョン 4 と仮想ホスト形式に対応したものへ更新してください。",
    en = "Requests to S3 with Signature Version 2 or in path style were seen. Find the callers in CloudTrail data events or access logs, and update "
      .. "their SDKs and tools to Signature Version 4 and virtual-hosted style.",
    url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html",
  },
}

rule "s3.changes" {
  any      = {
    aws { title = { changes { "Amazon S3", "S3 bucket", "S3 Block Public Access" }, ends { "Amazon S3" } } },
    { event_type = "AWS_S3_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "S3",
  advice   = {
    ja = "S3 の既定の設定または動作が変わります。新しいバケットでのブロックパブリックアクセスや ACL の無効化、暗号化などが、バケットを作成する IaC・スクリプトや"
      .. "公開しているコンテンツに影響しないか、適用日までに確認してください。",
    en = "A default or behaviour of S3 changes. See before the date whether block public access, disabled ACLs or encryption of new buckets would "
      .. "break templates or scripts that create buckets, or content that you publish.",
    url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/WhatsNew.html",
  },
}

rule "cloudfront.changes" {
  any      = {
    aws { title = { changes { "Amazon CloudFront", "CloudFront" }, ends { "Amazon CloudFront" } } },
    { event_type = "AWS_CLOUDFRONT_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "CLOUDFRONT",
  advice   = advice.change "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/WhatsNew.html",
}

rule "route53.changes" {
  any      = { aws { title = { changes { "Amazon Route 53", "Route 53" }, ends { "Amazon Route 53" } } } },
  category = "service_update",
  service  = "ROUTE53",
  advice   = advice.change "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/History.html",
}

rule "vpc.public-ipv4" {
  any      = { aws { title = nocase { "{any}public IPv4{any}", "{any}パブリック IPv4{any}" } } },
  category = "service_update",
  service  = "VPC",
  advice   = {
    ja = "パブリック IPv4 アドレスの料金または扱いが変わります。VPC IPAM の Public IP insights で使用中のアドレスを確認し、不要な Elastic IP を解放して、"
      .. "ロードバランサーの背後に置く、VPC エンドポイントや IPv6 を使うなどで減らしてください。",
    en = "The price or handling of public IPv4 addresses changes. See what is in use in the public IP insights of VPC IPAM, release Elastic IPs that "
      .. "nobody needs, and use load balancers, VPC endpoints or IPv6 instead.",
    url = "https://docs.aws.amazon.com/vpc/latest/ipam/view-public-ip-insights.html",
  },
}

rule "vpc.changes" {
  any      = {
    aws { title = {
      changes { "Amazon VPC", "VPC endpoint", "NAT Gateway", "AWS Transit Gateway", "AWS PrivateLink", "AWS Network Firewall" },
      ends { "Amazon VPC", "AWS Network Firewall" },
    } },
    { event_type = { "AWS_VPC_PLANNED_LIFECYCLE_EVENT", "AWS_TRANSITGATEWAY_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/vpc/latest/userguide/WhatsNew.html",
}

rule "vpn.changes" {
  any      = {
    aws { title = {
      changes { "AWS Site-to-Site VPN", "AWS VPN", "AWS Client VPN", "AWS Direct Connect" },
      ends { "AWS Site-to-Site VPN", "AWS Client VPN", "AWS Direct Connect" },
    } },
    { event_type = { "AWS_VPN_PLANNED_LIFECYCLE_EVENT", "AWS_DIRECTCONNECT_PLANNED_LIFECYCLE_EVENT", "AWS_CLIENTVPN_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = {
    ja = "VPN または Direct Connect の仕様(暗号方式、クライアント、ロケーションなど)が変わります。対象の接続とカスタマーゲートウェイの設定を確認し、"
      .. "期日までに新しい方式での接続を試してください。切り替えは冗長な経路の片方ずつ行うと安全です。",
    en = "VPN or Direct Connect changes: ciphers, clients, locations. See which connections and customer gateways are concerned, and try the new way "
      .. "before the date, one of two redundant paths at a time.",
    url = "https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html",
  },
}

rule "elb.changes" {
  any      = {
    aws { title = {
      changes { "Elastic Load Balancing", "Application Load Balancer", "Network Load Balancer", "Classic Load Balancer" },
      ends { "Elastic Load Balancing", "Classic Load Balancer" },
    } },
    { event_type = "AWS_ELASTICLOADBALANCING_PLANNED_LIFECYCLE_EVENT" },
  },
  category = "service_update",
  service  = "ELASTICLOADBALANCING",
  advice   = advice.change "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
}

rule "storagegateway.version-end" {
  any      = {
    aws { title = { ends { "AWS Storage Gateway", "AWS DataSync" } } },
    { event_type = { "AWS_STORAGEGATEWAY_PLANNED_LIFECYCLE_EVENT", "AWS_DATASYNC_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = {
    ja = "ゲートウェイまたはエージェントの仮想マシンのバージョンがサポート終了となります。最新のイメージから新しい仮想マシンをデプロイし、"
      .. "手順に沿って設定やキャッシュを移行してください。更新だけでは足りず、作り直しが必要なバージョンもあります。",
    en = "The version of a gateway's or agent's virtual machine loses its support. Deploy a new machine from the present image and move settings and "
      .. "cache as documented; for some versions an update is not enough.",
    url = "https://docs.aws.amazon.com/storagegateway/latest/vgw/MaintenanceManagingUpdate-common.html",
  },
}

rule "filesystems.changes" {
  any      = {
    aws { title = {
      ends { "Amazon FSx", "Amazon EFS", "AWS Backup", "AWS Transfer Family" },
      changes { "Amazon FSx", "Amazon EFS", "AWS Backup", "AWS Transfer Family" },
    } },
    { event_type = { "AWS_FSX_PLANNED_LIFECYCLE_EVENT", "AWS_TRANSFER_PLANNED_LIFECYCLE_EVENT", "AWS_BACKUP_PLANNED_LIFECYCLE_EVENT" } },
  },
  category = "service_update",
  advice   = advice.change "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
}

rule "acm.changes" {
  any      = { aws { title = changes { "AWS Certificate Manager", "AWS Private CA", "AWS Private Certificate Authority" } } },
  category = "service_update",
  advice   = {
    ja = "ACM の証明書の仕様(有効期間、検証方法、拡張鍵用途など)が変わります。メール検証を使っている証明書、クライアント認証に使っている証明書、"
      .. "証明書をピンニングしている接続先がないか確認し、DNS 検証への切り替えなどを期日までに済ませてください。",
    en = "Certificates of ACM change: validity, validation, key usage. Look for certificates that are validated by mail, that clients use to "
      .. "authenticate, or that somebody pins, and switch to DNS validation or the like before the date.",
    url = "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html",
  },
}
