-- The labels of the block "Message metadata" that AWS Health's HTML mail ends with, in the languages that they may come in, and
-- what their values are to the notice. Value and label are paired by the label, never by their place. false: stands in
-- notice.metadata alone.
return {
    headings = { "Message metadata", "メッセージメタデータ", "メッセージのメタデータ" },
    labels = {
        ["Affected account"] = "accounts",
        ["Account ID"] = "accounts",
        ["Event type code"] = "event_type",
        ["Event region"] = "regions",
        ["Service"] = "service",
        ["Event type category"] = false,
        ["Event ARN"] = false,
        ["Start time"] = "starts",
        ["End time"] = "ends",
        ["Affected resource"] = "resources",
        ["影響を受けるアカウント"] = "accounts",
        ["対象アカウント"] = "accounts",
        ["イベントタイプコード"] = "event_type",
        ["イベントリージョン"] = "regions",
        ["リージョン"] = "regions",
        ["サービス"] = "service",
        ["イベントタイプカテゴリ"] = false,
        ["イベントタイプカテゴリー"] = false,
        ["開始時刻"] = "starts",
        ["開始時間"] = "starts",
        ["終了時刻"] = "ends",
        ["終了時間"] = "ends",
        ["影響を受けるリソース"] = "resources",
    },
}
