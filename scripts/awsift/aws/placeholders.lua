-- What {name} stands for in templates. Each value is a PCRE2 without capture groups; the engine puts it into a named group.
-- A rule file may add its own: placeholder "change" [[CHG\d{7}]]; the names that stand here stay as they are.

-- Who and what
placeholder "account" [[(?<!\d)\d{12}(?!\d)]]          -- an AWS account, always twelve digits and no more, leading zeros kept
placeholder "case" [[\d{8,16}]]                         -- a support case: 10 or 11 digits until 2023, 15 since 2025
placeholder "abuse_id" [=[[0-9A-Za-z-]{6,40}]=]           -- Trust & Safety: eleven digits, or letters and digits since 2025
placeholder "invoice" [=[[A-Z0-9][A-Z0-9-]{3,39}]=]       -- 0123456789, EUINAM26-16342: the seller's prefix comes first

-- Resources
placeholder "instance" [[i-[0-9a-f]{8,17}]]             -- EC2 instance: 8 hex digits until 2016, 17 since
placeholder "volume" [[vol-[0-9a-f]{8,17}]]             -- EBS volume
placeholder "snapshot" [[snap-[0-9a-f]{8,17}]]          -- EBS snapshot
placeholder "image" [[ami-[0-9a-f]{8,17}]]              -- machine image
placeholder "host" [[h-[0-9a-f]{8,17}]]                 -- EC2 Dedicated Host
placeholder "vpc" [[vpc-[0-9a-f]{8,17}]]
placeholder "vpn" [[vpn-[0-9a-f]{8,17}]]                -- site-to-site VPN connection
placeholder "dxcon" [[dx(?:con|vif|lag|gw)-[0-9a-z]{8}]] -- Direct Connect connection, virtual interface, LAG, gateway
placeholder "subnet" [[subnet-[0-9a-f]{8,17}]]
placeholder "security_group" [[sg-[0-9a-f]{8,17}]]
placeholder "eni" [[eni-[0-9a-f]{8,17}]]                -- network interface
placeholder "nat" [[nat-[0-9a-f]{8,17}]]                -- NAT gateway
placeholder "gateway" [[(?:tgw-attach|tgw|igw|eigw|vgw|cgw|lgw)-[0-9a-f]{8,17}]] -- transit (and what hangs on it), internet, VPN gateways
placeholder "endpoint" [[vpce-[0-9a-f]{8,17}]]          -- VPC endpoint
placeholder "file_system" [[fs-[0-9a-f]{8,17}]]         -- EFS, FSx
placeholder "elastic_ip" [[eipalloc-[0-9a-f]{8,17}]]
placeholder "key" [[(?:AKIA|ASIA)[A-Z0-9]{16}]]         -- the id of an access key (no secret)
placeholder "arn" [=[arn:aws(?:-[a-z]{2,8}){0,2}:[a-z0-9-]{1,40}:[a-z0-9-]{0,24}:\d{0,12}:[^\s"'<>,;)\]]{1,400}]=]
-- A region as code, in either case, or by the long name that consoles and mails show (regions.lua maps it to the code)
placeholder "region" [[(?:(?i:(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-gov|-iso[a-f]?|-de)?-(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-\d{1,2})|(?:Africa|Asia Pacific|Canada West|Canada|China|Europe|EU|Israel|Mexico|Middle East|South America|US East|US West|AWS GovCloud|AWS European Sovereign Cloud) \([A-Za-zãÃ. -]{2,24}\))]]

-- Numbers and times
placeholder "n" [[\d{1,12}]]                            -- a plain number
placeholder "version" [[v?\d{1,4}(?:\.(?:\d{1,5}|x)){0,3}]] -- 1.33, 20.x, 17.9
placeholder "time" [[\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?(?: ?\(?(?:UTC|GMT|JST|Z)\)?)?]]
-- Of several words: a body may be wrapped between them.
-- 2026-12-05, 2026/12/05, 2026年12月5日; December 5, 2026; 5 December 2026; Sat, 5 Dec 2026; 12/05/2026
placeholder "date" [=[(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}[ \n]?年[ \n]?\d{1,2}[ \n]?月[ \n]?\d{1,2}[ \n]?日|\d{1,2}/\d{1,2}/\d{4}|(?i:(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?[ \n])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?[ \n]\d{1,2}(?:st|nd|rd|th)?,?[ \n]\d{4}|(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?[ \n])?\d{1,2}(?:st|nd|rd|th)?[ \n](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,?[ \n]\d{4}))]=]
placeholder "month" [=[(?:(?i:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?[ \n]\d{4})|\d{4}[ \n]?年[ \n]?\d{1,2}[ \n]?月)]=] -- June 2026, 2026年6月
placeholder "money" [[(?:[A-Z]{3} ?|[$€£¥] ?)\d[\d,]*(?:\.\d{1,2})?(?: ?[A-Z]{3})?]] -- $1,234.50, USD 20

-- Names on the net
placeholder "domain" [[(?:[A-Za-z0-9*](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,61}]] -- *.example.com too
placeholder "email" [=[[A-Za-z0-9._%+=-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}]=]
placeholder "ip" [[(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4})]]
placeholder "url" [[https?://[^\s<>"']{1,2000}]]

-- Whatever stands there
placeholder "word" [[\S{1,200}]]                        -- no blank in it
placeholder "line" [=[[^\n]{1,500}]=]                     -- to the end of the line, not empty
placeholder "any" [=[[^\n]{0,500}?]=]                     -- as little as fits, within a line; may be nothing
