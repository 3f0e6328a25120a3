-- When something begins, ends and has to be done: cue "times" "…{starts}…{ends}…{deadline}…". A cue is a template, found anywhere
-- in the body, in any case, also where that is wrapped. The first one that holds and whose dates exist says what it names; later
-- ones add what is missing yet. A rule file may have its own, which come before these.
--
--   {starts} {ends} {deadline}  a date, a time or both in whatever form; an end may be a time of the day on which it starts
--   {clock}     a time of day that belongs to the date in {starts}
--   {lasting}   6 hours, 30分: from the start to the end
--   {within}    five (5) days, 5日以内: from the mail's own date to the deadline
--   {was}       a date, a time or both that hold no more
--   {some}      up to a hundred characters of the sentence, with no date among them
--
-- A date without a zone is UTC, one without a time 00:00, also as a deadline: it is over when that day begins.

-- What was told before and holds no more comes before all else
cue "times" "(?:rescheduled|postponed|moved|changed|extended|delayed)(?: from {was}(?: (?:to|-) {was})?)?,? (?:to|until) {starts} (?:to|until|through|-) {ends}"
cue "times" "(?:rescheduled|postponed|moved|changed|delayed) from {was} to {starts}"
cue "times" "extended from {was} to {deadline}"
cue "times" "(?:extended|extending|moved|changed|postponed) the (?:deadline|date|end of (?:standard |extended )?(?:support|life))(?: date)?(?: from {was})? (?:to|until) {deadline}"
cue "times" "(?:originally|previously|initially) (?:scheduled|planned|announced){some}{was}{some}(?:take place|rescheduled|moved|performed|scheduled|postponed|begin|start){some}{starts}"
cue "times" "(?:当初|先に|先日){some}{was}{some}{starts} ?(?:に|へ) ?(?:変更|延期)"
cue "times" "rescheduled{some}between {starts} and {ends}"
cue "times" "rescheduled{some}from {starts} to {ends}"
cue "times" "(?:scheduled|planned) for {was}{some}(?:rescheduled|postponed|moved|delayed|changed) (?:to|for|until) {starts}"
cue "times" "(?:rescheduled|postponed|delayed) (?:to|for|until) {starts}"
cue "times" "new maintenance window{some}{starts} to {ends}"
cue "times" "{was} ?から ?{starts} ?(?:に|へ) ?(?:変更|延期|リスケ)"
cue "times" "{was} ?から ?{deadline} ?(?:に|へ|まで) ?延長"

-- Two ends of a window
cue "times" "{starts},? (?:between|from) {clock} (?:and|to|until|-) {ends}"
cue "times" "(?:between|from) {clock} (?:and|to|until|-) {ends}"
cue "times" "between {starts} and {ends}"
cue "times" "from {starts} (?:to|until|till|through) {ends}"
cue "times" "{starts} (?:to|until|till|through) {ends} for {lasting}"
cue "times" "{starts} (?:to|until|till|through|-|–|—|~|から) {ends}"
cue "times" "{starts} ?(?:から|より|~|-|–|〜|～) ?{ends}"
cue "times" "{clock} ?(?:to|-|–|—|~|から|〜|～) ?{ends}"
cue "times" "{starts} ?(?:から|より|~|-|–|〜|～) ?翌(?:日|朝)?の? ?{ends}"
cue "times" "{starts} for {lasting} starting at {clock}"
cue "times" "for {lasting} starting (?:at|on|from) {starts}"
cue "times" "{starts} for (?:up to |about |approximately )?{lasting}"
cue "times" "{starts} ?(?:から|より) ?(?:約|最大)? ?{lasting}"
cue "times" "(?:begin|start|commence)(?:s|ning|ing)?(?: on| at| from)? {starts},? and (?:(?:will|to) )?(?:be )?(?:end|finish|conclud|complet)(?:e|s|ed|ing)?(?: on| at| by)? {ends}"
cue "times" "start(?:s| time| date|ing time)? ?: ?{starts}{some}end(?:s| time| date|ing time)? ?: ?{ends}"
cue "times" "start(?: time| date| of maintenance)? ?: ?{starts}"
cue "times" "end(?: time| date| of maintenance)? ?: ?{ends}"
cue "times" "開始(?:日時|時刻|日|時間)? ?: ?{starts}"
cue "times" "終了(?:日時|時刻|日|時間|予定日時)? ?: ?{ends}"
cue "times" "(?:日時|期間|予定日時|メンテナンス日時) ?: ?{starts}"

-- One moment at which something happens
cue "times" "after {starts},? {some}(?:stop|terminat|retire|reboot|unavailable|shut)"
cue "times" "(?:stopped|terminated|retired|rebooted|unavailable|shut down|replaced)(?: on| at| after)? {starts}"
cue "times" "after {starts}"
cue "times" "(?:scheduled|planned) (?:for|on|at|to){some}{starts}"
cue "times" "(?:starting|beginning|effective|commencing)(?: on| at| from)? {starts}"
cue "times" "(?:effective|retirement|scheduled|maintenance|event)(?: start)? (?:date|time|at|on) ?: ?{starts}"
cue "times" "(?:takes?|taking|into) effect(?: on| from| at)? {starts}"
cue "times" "on {starts},? (?:we|aws|amazon [a-z0-9]{1,20}|your [a-z]{1,20}) will"
cue "times" "from {starts},? {some}(?:will|cannot|no longer)"
cue "times" "will (?:start|begin|take place|occur|happen|be performed)(?: on| at)? {starts}"
cue "times" "{starts} ?(?:以降|以後|より後|を過ぎ|に実施|に開始|に停止|に終了|に廃止)"
cue "times" "{starts} ?(?:より|から){some}(?:変更|適用|開始|有効|廃止|必要|改定)"
cue "times" "(?:メンテナンス|作業|再起動){some}{starts} ?(?:に|より|から){some}(?:実施|開始|行い|行わ)"
cue "times" "{starts} ?(?:に|より|から){some}(?:メンテナンス|作業|再起動){some}(?:実施|開始|行い|行わ|予定)"

-- Until when somebody has to act
cue "times" "recommended apply by date ?: ?{deadline}"
cue "times" "auto-update after due date ?: ?{deadline}"
cue "times" "(?:due date|deadline|expires|expiry|expiration|expiration date|expiry date|respond by|reply by|complete by) ?: ?{deadline}"
cue "times" "contact (?:us|aws|aws support|the support team) by {deadline}"
-- "Functions created before" a day are no deadline: somebody has to do something
cue "times" "(?:no later than|not later than|on or before) {deadline}"
cue "times" "(?:act|action|upgrad\\w+|updat\\w+|migrat\\w+|mov(?:e|ing)|replac\\w+|rotat\\w+|renew\\w*|complete|respond|reply|contact|confirm|verify|accept|apply|applied|chang(?:e|es|ing)|switch\\w*|stop|start|export|register|submit|modify|transition|pay|purchase|cancel|resolve|must|should|need|please|recommend\\w*|require\\w*|have to|advise|ensure|make sure|do so|expires?){some}(?:before|prior to) {deadline}"
cue "times" "(?:before|prior to|by) {deadline},? {some}(?:you (?:must|need|should|have to|can)|please|upgrade|update|migrate|take action|we recommend)"
cue "times" "(?:expires?|expiring|expired|expiration|will expire) (?:on|at|after) {deadline}"
cue "times" "(?:end|reach)(?:s|es|ing)? (?:of|the end of|end of)(?: {some})?(?:support|life)(?: phase)? (?:on|by|after) {deadline}"
cue "times" "(?:end-of-life|end-of-support|eol|end of life|end of support)(?: state| status)? (?:on|date ?:|by) {deadline}"
cue "times" "end of (?:standard |extended )?(?:support|life) date (?:is|will be|(?:was|has been) (?:changed|moved|extended) to) {deadline}"
cue "times" "(?:reach|ends?|ending|deprecat\\w+|discontinu\\w+|remov\\w+|retir\\w+|sunset\\w*|no longer{some}|support{some}|shut ?down|migrat\\w+)(?: {some})?(?: on| after| starting| by| from| starting on) {deadline}"
cue "times" "(?:upgrade|migrate|update|upgrading|migrating|replace|rotate|complete|take action|apply){some}by {deadline}"
cue "times" "(?:will be|is|are) (?:permanently )?(?:deleted|closed|suspended|disabled) (?:on|after|by) {deadline}"
cue "times" "after {deadline},? {some}(?:no longer|stop|terminat|retire|reboot|unavailable|shut|delete|charge|close|fee)"
cue "times" "by {deadline}"
cue "times" "(?:unavailable|interrupted|impaired|down){some}until {ends}"
cue "times" "(?:you have|available|supported|kept|retained|accessible|valid|continue{some}|remain{some}) until {deadline}"
-- Who has to do something, and what happens else; not how long something takes, nor from some other day on
cue "times" "(?:(?<!will\\s)(?:respond|reply|contact|answer|act)|repl(?:ied|ying)|action|update|upgrade|confirm|verif\\w+|pay|payment|paid|provide|accept|submit|rotate|follow|hear(?:d|ing)?(?: back)? from you|must|need to|please|required|expires?|suspend\\w*|terminat\\w*|clos\\w+|delet\\w+|renew\\w*){some}within(?: the next)? {within}(?! (?:of (?!receiv|receipt|this)|after|from|before|prior|following))"
cue "times" "within(?: the next)? {within}(?! (?:of (?!receiv|receipt|this)|after|from|before)),? {some}(?:you must|you need|please|we may|we will (?:suspend|terminat|close|delet|restrict|block|remov))"
cue "times" "in the next {within}"
cue "times" "{deadline} ?(?:までに|迄に|まで(?=にお|にご|お願い)|より前|以前に|の前に|前に|が期限)"
cue "times" "(?:期限|期日|締切|有効期限|対応期限|サポート終了日|終了予定日)(?:日|日時)? ?(?::|は) ?{deadline}"
cue "times" "{deadline} ?(?:に|で|をもって|をもちまして){some}(?:終了|廃止|失効|期限切れ)"
cue "times" "{within}以内"

-- What happens at the start has to be prepared by then, where the mail names no other deadline: event types and titles
cue "due" "(?:^AWS_[A-Z0-9_]+_(?:RETIREMENT_[A-Z_]+|PLANNED_LIFECYCLE_EVENT|STOP_SCHEDULED|TERMINATION_SCHEDULED)$)"
cue "due" "(?:scheduled for (?:retirement|termination)|instance retirement|host retirement)"
