"""What the generator's patterns are in the rule language: shared by the corpus tests and tests/bench."""
PLACEHOLDERS = {
    "acct": "{account}", "case": "{corpus_case}", "abuse": "{corpus_abuse}", "date": "{corpus_date}", "region": "{corpus_region}",
    "id": "{corpus_id}", "any": "{any}",
}
RULES = r"""
category "corpus" { title = "Corpus" }
placeholder "corpus_case" [=[[0-9]{10,11}]=]
placeholder "corpus_abuse" [=[[0-9A-Z]{11}]=]
placeholder "corpus_date" [=[[0-9]{4}-[0-9]{2}-[0-9]{2}]=]
placeholder "corpus_region" [=[[a-z]{2}-[a-z]+-[0-9]]=]
placeholder "corpus_id" [=[[a-z]{1,3}-[0-9a-f]{17}]=]
"""
