-- What to do, where many kinds of notice ask for the same: each takes the page of AWS's documentation that says how.
local advice = {}

-- Work in a window
function advice.window(url)
    return {
        ja = "予定された時間帯にリソースの再起動・フェイルオーバー・短時間の停止が発生することがあります。対象と日時を確認し、関係者に共有してください。"
            .. "都合が悪い場合は、メンテナンスウィンドウの変更や事前の手動適用ができるか、下記のドキュメントを確認してください。終了後に動作を確認してください。",
        en = "Within the given window the resource may restart, fail over, or be unavailable for a short time. See which resources and when, and "
            .. "tell those who depend on them. If the time does not suit, the page below says whether you can move the window or apply the "
            .. "change yourself beforehand. Check that all is well afterwards.",
        url = url,
    }
end

-- A version loses its support, or changes: the title alone does not always tell which
function advice.version(url)
    return {
        ja = "利用中のバージョンのサポートが終了するか、仕様が変わります。サポートが終了すると修正が提供されず、自動的にアップグレードされることがあります。"
            .. "対象のリソースを洗い出し、検証環境で新しいバージョンを試したうえで、期日までに対応してください。",
        en = "A version in use loses its support, or something about it changes. Without support it gets no fixes, and AWS may upgrade it by "
            .. "itself. List the resources concerned, try the newer version where it does no harm, and act before the date.",
        url = url,
    }
end

-- Something behaves differently from a date on
function advice.change(url)
    return {
        ja = "サービスの仕様または既定の動作が変わります。利用中の機能・ポリシー・スクリプトが影響を受けるか、適用日までに確認してください。"
            .. "影響がなければ対応は不要です。",
        en = "A service or one of its defaults will behave differently. Check before the date whether features, policies or scripts of yours "
            .. "depend on the old behaviour. If none does, there is nothing to do.",
        url = url,
    }
end

-- An update that can be applied at a time of one's own choosing
function advice.update(url)
    return {
        ja = "適用待ちのソフトウェア更新があります。期日を過ぎると自動的に適用されることがあります。適用中の影響(フェイルオーバーや一時的な性能低下)を確認し、"
            .. "利用の少ない時間帯に自分で適用するか、適用日時を予約してください。",
        en = "A software update waits to be applied, and may be applied by itself after its date. Look at what it means while it runs (a "
            .. "failover, less performance), and apply or schedule it at a quiet time of your own.",
        url = url,
    }
end

return advice
