-- Maintenance of the network, and of directories and key stores behind it.
local titles, advice = require "titles", require "advice"
local aws, maintenance = titles.aws, titles.maintenance

-- Emergency and cancelled work comes under the same subject: see 60-maintenance-status.lua
rule "directconnect.maintenance" {
  any      = {
    { title = "AWS Direct Connect Planned Maintenance Notification" },
    aws { title = maintenance { "AWS Direct Connect", "Direct Connect" } },
    { event_type = "AWS_DIRECTCONNECT_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "DIRECTCONNECT",
  collect  = { connections = "{dxcon}" },
  advice   = {
    ja = "Direct Connect のメンテナンス中は対象の接続が切断されることがあります。冗長な接続または VPN に経路が切り替わることを事前に確認してください。"
      .. "フェイルオーバーテスト機能で BGP を止めて試すことができます。冗長化されていない場合は、停止を関係者に知らせてください。",
    en = "The connection may be down during the maintenance. Make sure beforehand that traffic moves to the redundant connection or the VPN; "
      .. "the failover test takes the BGP session down to try it. Without redundancy, tell those concerned of the outage.",
    url = "https://docs.aws.amazon.com/directconnect/latest/UserGuide/resiliency_failover.html",
  },
}

rule "vpn.maintenance" {
  any      = {
    aws { title = {
      maintenance { "AWS Site-to-Site VPN", "AWS VPN", "AWS Client VPN" },
      nocase { "{any}VPN tunnel{any}replacement{any}", "{any}VPN{any}endpoint replacement{any}", "{any}VPN{any}tunnel maintenance{any}" },
    } },
    { event_type = { "AWS_VPN_*MAINTENANCE*", "AWS_VPN_*REPLACEMENT*" } },
  },
  category = "maintenance",
  service  = "VPN",
  collect  = { vpns = "{vpn}" },
  advice   = {
    ja = "VPN のトンネルエンドポイントが置き換えられ、片方のトンネルが短時間切断されます。両方のトンネルが UP で、もう一方に切り替わる設定か確認してください。"
      .. "トンネルエンドポイントのライフサイクル管理を有効にすると、置き換えの時期を自分で選べます。",
    en = "A tunnel endpoint of the VPN is replaced, and that tunnel is down for a short time. See that both tunnels are up and that traffic moves "
      .. "over. With endpoint lifecycle control turned on you choose the time yourself.",
    url = "https://docs.aws.amazon.com/vpn/latest/s2svpn/endpoint-replacements.html",
  },
}

rule "vpn.connections" {
  any      = {
    { title = "Important notice about your AWS Account regarding VPN connections" },
    aws { title = nocase { "{any}VPN connection{any}redundan{any}", "{any}VPN{any}single tunnel{any}" } },
    { event_type = "AWS_VPN_REDUNDANCY_LOSS" },
  },
  category = "maintenance",
  service  = "VPN",
  collect  = { vpns = "{vpn}" },
  advice   = {
    ja = "VPN 接続の冗長性が失われているか、一時的に失われました。両方のトンネルが UP か確認し、片方しか使っていない場合はカスタマーゲートウェイを設定してください。"
      .. "片系のままでは、AWS のメンテナンス時に通信が途切れます。",
    en = "A VPN connection runs on one tunnel only, or did so for a moment. See whether both are up, and configure the customer gateway where one "
      .. "is not used: otherwise traffic stops whenever AWS works on the other.",
    url = "https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-redundant-connection.html",
  },
}

rule "transitgateway.maintenance" {
  any      = {
    aws { title = maintenance { "AWS Transit Gateway", "AWS Cloud WAN" } },
    { event_type = { "AWS_TRANSITGATEWAY_*MAINTENANCE*", "AWS_NETWORKMANAGER_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "TRANSITGATEWAY",
  advice   = advice.window "https://docs.aws.amazon.com/vpc/latest/tgw/what-is-transit-gateway.html",
}

rule "vpc.maintenance" {
  any      = {
    aws { title = maintenance { "Amazon VPC", "NAT Gateway", "AWS PrivateLink", "Amazon Virtual Private Cloud", "VPC endpoint" } },
    { event_type = { "AWS_VPC_*MAINTENANCE*", "AWS_NATGATEWAY_*MAINTENANCE*", "AWS_INTERNETCONNECTIVITY_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "VPC",
  advice   = advice.window "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
}

rule "elb.maintenance" {
  any      = {
    aws { title = maintenance { "Elastic Load Balancing", "Application Load Balancer", "Network Load Balancer", "Classic Load Balancer" } },
    { event_type = "AWS_ELASTICLOADBALANCING_*MAINTENANCE*" },
  },
  category = "maintenance",
  service  = "ELASTICLOADBALANCING",
  advice   = advice.window "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/what-is-load-balancing.html",
}

rule "globalaccelerator.maintenance" {
  any      = {
    aws { title = maintenance { "AWS Global Accelerator", "Amazon CloudFront", "Amazon Route 53" } },
    { event_type = { "AWS_GLOBALACCELERATOR_*MAINTENANCE*", "AWS_CLOUDFRONT_*MAINTENANCE*", "AWS_ROUTE53_*MAINTENANCE*" } },
  },
  category = "maintenance",
  advice   = advice.window "https://docs.aws.amazon.com/health/latest/ug/getting-started-health-dashboard.html",
}

rule "directoryservice.maintenance" {
  any      = {
    aws { title = maintenance { "AWS Directory Service", "AWS Managed Microsoft AD", "AD Connector" } },
    { event_type = { "AWS_DS_*MAINTENANCE*", "AWS_DIRECTORYSERVICE_*MAINTENANCE*" } },
  },
  category = "maintenance",
  service  = "DS",
  advice   = {
    ja = "ディレクトリのドメインコントローラーに順番にパッチが適用されます。通常はもう一台が応答しますが、一台に固定して接続しているアプリケーションは影響を受けます。"
      .. "DNS 名で接続しているか、時間帯に認証を伴う作業がないか確認してください。",
    en = "The domain controllers of the directory are patched one after the other. The other one answers meanwhile, except for applications that "
      .. "are bound to one address. See that they use the DNS name, and keep work that needs sign-in out of the window.",
    url = "https://docs.aws.amazon.com/directoryservice/latest/admin-guide/directory_microsoft_ad.html",
  },
}

rule "cloudhsm.maintenance" {
  any      = {
    aws { title = { maintenance { "AWS CloudHSM" }, titles.retirement { "AWS CloudHSM" } } },
    { event_type = { "AWS_CLOUDHSM_*MAINTENANCE*", "AWS_CLOUDHSM_*RETIREMENT*" } },
  },
  category = "maintenance",
  service  = "CLOUDHSM",
  advice   = {
    ja = "CloudHSM の HSM が置き換えまたはメンテナンスの対象です。クラスターに 2 台以上の HSM があるか確認し、1 台だけの場合は期日までに追加してください。"
      .. "バックアップから復元されたことを、終了後に鍵の利用で確かめてください。",
    en = "An HSM of the cluster will be replaced or maintained. See that the cluster has two or more of them, and add one before the date if not. "
      .. "Afterwards use a key to make sure that all is well.",
    url = "https://docs.aws.amazon.com/cloudhsm/latest/userguide/add-remove-hsm.html",
  },
}
