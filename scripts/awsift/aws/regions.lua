-- Where: cue "region" "region: {region}" finds a region by code or long name in the body; what is listed behind it with commas or
-- "and" counts, too. A long name counts wherever it stands. A rule file may have its own cues.
cue "region" "(?:aws )?region(?:s|\\(s\\))?(?: ?names?| ?codes?)? ?: ?{region}"
cue "region" "(?:aws )?regions? {region}"
cue "region" "(?:in|of|from|to|the|and|,) {region} (?:aws )?regions?(?!\\w)"
cue "region" "リージョン(?:名)? ?:? ?{region}"
cue "region" "{region} ?リージョン"
cue "region" "{region_name}"

-- Region codes and the long names that consoles and mails show, the present one first, then older spellings.
return {
    ["af-south-1"] = { "Africa (Cape Town)" },
    ["ap-east-1"] = { "Asia Pacific (Hong Kong)" },
    ["ap-east-2"] = { "Asia Pacific (Taipei)" },
    ["ap-northeast-1"] = { "Asia Pacific (Tokyo)", "アジアパシフィック (東京)", "アジアパシフィック(東京)", "東京リージョン" },
    ["ap-northeast-2"] = { "Asia Pacific (Seoul)", "アジアパシフィック (ソウル)", "アジアパシフィック(ソウル)", "ソウルリージョン" },
    ["ap-northeast-3"] = { "Asia Pacific (Osaka)", "Asia Pacific (Osaka-Local)", "アジアパシフィック (大阪)", "アジアパシフィック(大阪)", "大阪リージョン" },
    ["ap-south-1"] = { "Asia Pacific (Mumbai)" },
    ["ap-south-2"] = { "Asia Pacific (Hyderabad)" },
    ["ap-southeast-1"] = { "Asia Pacific (Singapore)", "アジアパシフィック (シンガポール)", "アジアパシフィック(シンガポール)", "シンガポールリージョン" },
    ["ap-southeast-2"] = { "Asia Pacific (Sydney)", "アジアパシフィック (シドニー)", "アジアパシフィック(シドニー)", "シドニーリージョン" },
    ["ap-southeast-3"] = { "Asia Pacific (Jakarta)" },
    ["ap-southeast-4"] = { "Asia Pacific (Melbourne)" },
    ["ap-southeast-5"] = { "Asia Pacific (Malaysia)" },
    ["ap-southeast-6"] = { "Asia Pacific (New Zealand)" },
    ["ap-southeast-7"] = { "Asia Pacific (Thailand)" },
    ["ca-central-1"] = { "Canada (Central)" },
    ["ca-west-1"] = { "Canada West (Calgary)" },
    ["cn-north-1"] = { "China (Beijing)" },
    ["cn-northwest-1"] = { "China (Ningxia)" },
    ["eu-central-1"] = { "Europe (Frankfurt)", "EU (Frankfurt)", "欧州 (フランクフルト)", "欧州(フランクフルト)", "フランクフルトリージョン" },
    ["eu-central-2"] = { "Europe (Zurich)" },
    ["eu-north-1"] = { "Europe (Stockholm)", "EU (Stockholm)" },
    ["eu-south-1"] = { "Europe (Milan)", "EU (Milan)" },
    ["eu-south-2"] = { "Europe (Spain)" },
    ["eu-west-1"] = { "Europe (Ireland)", "EU (Ireland)", "欧州 (アイルランド)", "欧州(アイルランド)", "アイルランドリージョン" },
    ["eu-west-2"] = { "Europe (London)", "EU (London)", "欧州 (ロンドン)", "欧州(ロンドン)", "ロンドンリージョン" },
    ["eu-west-3"] = { "Europe (Paris)", "EU (Paris)", "欧州 (パリ)", "欧州(パリ)", "パリリージョン" },
    ["eusc-de-east-1"] = { "AWS European Sovereign Cloud (Germany)" },
    ["il-central-1"] = { "Israel (Tel Aviv)" },
    ["me-central-1"] = { "Middle East (UAE)" },
    ["me-south-1"] = { "Middle East (Bahrain)" },
    ["mx-central-1"] = { "Mexico (Central)" },
    ["sa-east-1"] = { "South America (São Paulo)", "South America (Sao Paulo)" },
    ["us-east-1"] = { "US East (N. Virginia)", "US East (Northern Virginia)", "米国東部 (バージニア北部)", "米国東部(バージニア北部)", "バージニア北部リージョン" },
    ["us-east-2"] = { "US East (Ohio)", "米国東部 (オハイオ)", "米国東部(オハイオ)", "オハイオリージョン" },
    ["us-gov-east-1"] = { "AWS GovCloud (US-East)" },
    ["us-gov-west-1"] = { "AWS GovCloud (US-West)", "AWS GovCloud (US)" },
    ["us-west-1"] = { "US West (N. California)", "US West (Northern California)", "米国西部 (北カリフォルニア)", "米国西部(北カリフォルニア)", "北カリフォルニアリージョン" },
    ["us-west-2"] = { "US West (Oregon)", "米国西部 (オレゴン)", "米国西部(オレゴン)", "オレゴンリージョン" },
}
