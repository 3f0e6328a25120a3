-- How things stand: cue "cancelled" "has been cancelled". The body is asked first, then the title, then the event type (its
-- words in small letters); of each, the first cue that holds decides, so what weighs more stands above. The states are
-- scheduled, updated, cancelled, emergency and completed. A rule file may have its own cues, which come before these.

-- A sentence that says what might be says nothing of how things stand: these stand before what was found, or behind it
cue "if_before" "(?:if|unless|whether|until|once|when|whenever|in case|in the event|should (?:the|this|your|it)|would|could|might|may|can|do not|not|make sure|ensure (?:that )?(?:the|your|all))(?!\\w)"
cue "if_before" "after (?:the|your|this|each|all)\\s*$"
cue "if_before" "(?:もし|万一|万が一)"
cue "if_behind" "(?:場合|可能性|かもしれ|際は|際には|とき|次第|まで(?!に)|予定はありません|いません|ません)"

cue "updated" "cancell?ed and (?:rescheduled|moved|replaced)"
cue "updated" "(?:has|have) been (?:rescheduled|postponed|moved|delayed)"
-- What follows may be another date or none at all: people read it
cue "updated" "(?:notification|notice|e-?mail|message|communication)[^.!?。]{0,60}(?:was|were) sent (?:to you )?(?:in error|by mistake|erroneously)"
cue "updated" "(?:disregard|ignore) (?:our|the|any) (?:previous|earlier|prior|last)"
cue "updated" "(?:通知|メール|お知らせ|ご案内)[^。]{0,30}(?:誤って(?:送信|配信)|誤りで|誤りがあり)"
cue "updated" "(?:extended|extending|moved|changed|postponed) the (?:deadline|date|end of (?:standard |extended )?(?:support|life))"
cue "updated" "(?:was|were|is|are) (?:rescheduled|postponed)"
cue "updated" "(?:maintenance|work|reboot|retirement|window|date)[^.!?。]{0,80}(?:was|were) moved (?:to|from)"
cue "updated" "(?:originally|previously|initially) (?:scheduled|planned)[^.!?。]{0,120}now (?:take|be|begin|start|scheduled)"

-- Work is cancelled, and not a subscription, a job or a meeting
cue "cancelled" "(?:maintenance|work|event|activity|activities|retirement|reboot|restart|replacement|upgrade|update|patch|patching|migration|deprecation|termination|change|window|notification|notice)[^.!?。]{0,120}(?:has|have|had|was|were|is|are) (?:now |since )?(?:been )?(?:cancell?ed|called off)"
cue "cancelled" "(?:we|aws) (?:(?:have|has|are|is) )?(?:now )?(?:cancell?ed|cancell?ing|called off|calling off) (?:the|this|your|a) [^.!?。]{0,60}(?:maintenance|work|event|retirement|reboot|replacement|upgrade|update|change|migration)"
cue "cancelled" "(?:メンテナンス|作業)[^。]{0,40}(?:実施(?:され|し)|行われ|行わ)ない(?:ことに|こととなり)"
cue "cancelled" "(?:it|this) (?:has|is) (?:now |since )?(?:been )?(?:cancell?ed|called off)"
cue "cancelled" "(?:maintenance|work|event|retirement|reboot|restart|replacement|upgrade|patching)[^.!?。]{0,80}(?:will|is) (?:(?:no longer|not) (?:take place|be performed|going ahead|be carried out)|no longer (?:required|needed|necessary))"
cue "cancelled" "maintenance (?:cancell?ed|cancellation)"
cue "cancelled" "(?:cancell?ed|cancellation) ?(?::|of (?:the |your )?(?:planned |scheduled )?maintenance(?! (?:is|can)))"
cue "cancelled" "(?:メンテナンス|作業|リタイア|再起動|イベント|アップグレード|更新|予定|実施)[^。]{0,60}(?:キャンセル|中止|取り?消し?|取り(?:止|や)め)(?:さ?れ?まし|さ?れて|いたしま|致しま|しま|と(?:し|さ|な|いた)|にな|することに|の(?:お知らせ|ご?連絡|ご?案内)|済)"
cue "cancelled" "maintenance cancell?ed"

cue "completed" "(?:has|have) (?:now )?been (?:successfully )?(?:completed|concluded)"
cue "completed" "(?:maintenance|update|upgrade|migration|work) (?:is |was |has )?(?:now |successfully )?complete(?:d)?(?!\\w)(?! (?:before|by|prior|within|no later))"
cue "completed" "(?:has|have) (?:finished|ended successfully)"
cue "completed" "(?:メンテナンス|作業|更新|アップデート|移行)(?:が|は|を)?(?:すべて|正常に|無事)?(?:完了|終了)(?:しまし|いたしまし|致しまし|済)"
cue "completed" "(?:メンテナンス|作業|更新|アップデート|移行)の?(?:完了|終了)(?:のお知らせ|をお知らせ|の?ご(?:連絡|報告|案内))"

cue "emergency" "emergency (?:maintenance|patch\\w*|repair|work|reboot|change)"
cue "emergency" "(?:unplanned|unscheduled) maintenance"
cue "emergency" "緊急(?:の)?(?:メンテナンス|保守|作業|パッチ)"
cue "emergency" "(?:retirement|maintenance|reboot|stop|termination) expedited"

cue "updated" "(?:schedule|date|dates|time|times|window|notice|notification) (?:has been|have been|has|have|was|were) (?:changed|updated|revised|corrected|extended|moved)"
cue "updated" "(?:notification|notice|communication|message|mail)[^.!?。]{0,100}(?:had|contained|included) (?:some |an )?(?:incorrect|wrong|inaccurate)"
cue "updated" "(?:this is an update|we are updating (?:our|the|a) (?:previous|earlier|schedule|timeline|dates?)|update to (?:our|the|a) (?:previous|earlier)|updated (?:notice|notification|schedule|timeline)|correction to)"
cue "updated" "(?:new|revised|extended) (?:maintenance (?:window|date)|end of (?:support|life) date)"
cue "updated" "(?:日程|日時|予定|スケジュール|期日|期限|内容|時間帯?)[^。]{0,40}(?:変更|更新|延期|延長|訂正)(?:され|いたしま|致しま|しま|とな|にな|の(?:お知らせ|ご?連絡|ご?案内))"
cue "updated" "(?:延期|訂正)(?:され|いたしま|致しま|しま|とな|にな|の(?:お知らせ|ご?連絡|ご?案内))"
cue "updated" "作業[^。]{0,60}に変更(?:され|いたしま|致しま|しま|とな|にな)"

cue "scheduled" "(?:scheduled|planned) (?:for|maintenance|to|on|reboot|retirement|between|from|at|termination)"
cue "scheduled" "(?:has|have) been scheduled"
cue "scheduled" "(?:will be|is being|are being) (?:performed|retired|stopped|terminated|rebooted|replaced|unavailable|deprecated|updated automatically)"
cue "scheduled" "(?:will|is|are) (?:reach|reaching|approaching|going to reach) (?:the )?end of"
cue "scheduled" "(?:end|ending) (?:of )?(?:standard |extended )?support (?:on|for)"
cue "scheduled" "new {some}service update is available"
cue "scheduled" "(?:instance|host|volume|hardware|task){some}retirement"
cue "scheduled" "(?:maintenance|retirement|reboot|stop|termination|upgrade) scheduled"
cue "scheduled" "planned lifecycle event"
cue "scheduled" "(?:提供|サポート)(?:を|が|は)(?:終了|廃止)(?:します|いたします|致します|され|となり|予定)"
cue "scheduled" "(?:メンテナンス|作業|停止|再起動|終了|リタイア|廃止|実施)(?:を|が|は|の)?(?:[0-9０-９]|実施|予定|計画)"
cue "scheduled" "(?:予定され|予定して|予定となって|を予定|計画メンテナンス)"
