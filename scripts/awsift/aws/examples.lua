-- Examples of what the shipped placeholders stand for, three of each and as different as they can be: `check` makes the mail of
-- which these are part that proves what it says. A placeholder without examples gets those that its expression yields.
return {
    account  = { "123456789012", "012345678901", "210987654321" },
    any      = { "something", "1", "a longer text: with 2 words, 日本語" },
    arn      = { "arn:aws:iam::123456789012:user/x", "arn:aws:s3:::bucket", "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1" },
    date     = { "2026-12-05", "December 5, 2026", "2026年12月5日" },
    domain   = { "example.com", "*.example.jp", "a.b.example.com" },
    email    = { "user@example.com", "a@example.jp", "first.last+tag@mail.example.com" },
    instance = { "i-0123456789abcdef0", "i-01234567", "i-0fedcba9876543210" },
    ip       = { "192.0.2.1", "198.51.100.20", "2001:db8::1" },
    line     = { "something", "1", "a longer text: with 2 words, 日本語" },
    money    = { "$20", "USD 1,234.50", "¥100" },
    month    = { "June 2026", "Dec 2026", "2026年6月" },
    region   = { "us-east-1", "AP-NORTHEAST-1", "Asia Pacific (Tokyo)" },
    time     = { "10:00", "9:05 AM", "23:59:59 UTC" },
    url      = { "https://example.com", "http://example.jp/x", "https://example.com/a?b=c" },
    version  = { "1.33", "20.x", "v5" },
    word     = { "something", "1", "a-longer,word:2" },
}
