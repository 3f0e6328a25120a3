-- In which language a mail is written, and where the halves of a bilingual one part. Japanese, Korean and Chinese are told by
-- their script, other languages by how many of these short words they have.
return {
    words = {
        en = { "the", "and", "your", "you", "of", "to", "is", "are", "has", "have", "will", "for", "this", "with", "been", "we" },
        fr = { "le", "la", "les", "des", "votre", "vos", "vous", "est", "et", "une", "dans", "pour", "nous", "avec", "sur" },
        de = { "der", "die", "das", "und", "ihr", "ihre", "ihrer", "sie", "ist", "mit", "wird", "werden", "nicht", "auf" },
        es = { "el", "los", "las", "su", "sus", "para", "una", "con", "por", "que", "del", "se", "usted" },
        pt = { "os", "seu", "sua", "suas", "para", "uma", "com", "por", "que", "do", "da", "voce", "não" },
        it = { "il", "gli", "per", "della", "che", "con", "una", "del", "sono", "suo", "tuo", "di" },
    },
    -- A line that has one of these, and little else, stands before the half in that language
    marks = {
        en = { "English follows", "English version follows", "English version", "English below", "---- English ----", "[English]", "英語版", "以下英語", "【英語】" },
        ja = { "Japanese follows", "Japanese version follows", "Japanese version", "---- Japanese ----", "[Japanese]", "日本語版", "以下日本語", "[日本語]", "【日本語】" },
    },
}
