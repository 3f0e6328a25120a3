-- How things stand: cue "cancelled" "has been cancelled". The body is asked first, then the title, then the event type (its
-- words in small letters); of each, the first cue that holds decides, so what weighs more stands above. The states are
-- scheduled, updated, cancelled, emergency and completed. A rule file may have its own cues, which come before these.

-- A sentence that says what might be says nothing of how things stand: these stand before what was found, or behind it
cue "if_before" "(?:if|unless|whether|until|once|when|whenever|in case|in the event|should (?:the|this|your|it)|would|could|might|may|can|do not|not)(?!\\w)"
cue "if_before" "(?:もし|万一|万が一)"
cue "if_behind" "(?:場合|可能性|かもしれ|際は|際には|とき|次第|まで(?!に)|予定はありません|いません|ません)"

cue "updated" "cancell?ed and (?:rescheduled|moved|replaced)"
cue "updated" "(?:has|have) been (?:rescheduled|postponed|moved)"
cue "updated" "(?:was|were|is|are) (?:rescheduled|postponed)"

-- Work is cancelled, and not a subscription, a job or a meeting
cue "cancelled" "(?:maintenance|work|event|activity|activities|retirement|reboot|restart|replacement|upgrade|update|patch|patching|migration|deprecation|termination|change|window|notification|notice)[^.!?。]{0,120}(?:has|have|had|was|were|is|are) (?:now |since )?(?:been )?(?:cancell?ed|called off)"
cue "cancelled" "(?:it|this) (?:has|is) (?:now |since )?(?:been )?(?:cancell?ed|called off)"
cue "cancelled" "(?:will|is) (?:no longer|not) (?:take place|be performed|required|going ahead|be carried out)"
cue "cancelled" "maintenance (?:cancell?ed|cancellation)"
cue "cancelled" "(?:cancell?ed|cancellation) ?(?::|of (?:the )?(?:planned |scheduled )?maintenance)"
cue "cancelled" "(?:キャンセル|中止)(?:され|いたし|致し|し|と|に|になりまし|となりまし|の|済)"
cue "cancelled" "取り(?:止め|やめ|消)"
cue "cancelled" "取消"
cue "cancelled" "maintenance cancell?ed"

cue "completed" "(?:has|have) (?:now )?been (?:successfully )?(?:completed|concluded)"
cue "completed" "(?:maintenance|update|upgrade|migration|work) (?:is |was |has )?(?:now |successfully )?complete(?:d)?(?!\\w)"
cue "completed" "(?:has|have) (?:finished|ended successfully)"
cue "completed" "(?:メンテナンス|作業|更新|アップデート|移行)(?:が|は|を)?(?:すべて|正常に|無事)?(?:完了|終了)(?:しま|いたし|致し|済)"

cue "emergency" "emergency (?:maintenance|patch\\w*|repair|work|reboot|change)"
cue "emergency" "(?:unplanned|unscheduled) maintenance"
cue "emergency" "緊急(?:の)?(?:メンテナンス|保守|作業|パッチ)"
cue "emergency" "(?:retirement|maintenance|reboot|stop|termination) expedited"

cue "updated" "(?:schedule|date|dates|time|times|window|notice|notification) (?:has|have) (?:been )?(?:changed|been updated|been revised|been corrected|been extended|changed)"
cue "updated" "(?:had|contained) (?:some )?(?:incorrect|wrong|inaccurate)"
cue "updated" "(?:this is an update|we are updating|update to (?:our|the|a) (?:previous|earlier)|updated (?:notice|notification|schedule|timeline)|correction to)"
cue "updated" "(?:new|revised|extended) (?:maintenance (?:window|date)|end of (?:support|life) date)"
cue "updated" "(?:日程|日時|予定|スケジュール|期日|期限)(?:が|を|は)?(?:変更|更新|延期|延長)"
cue "updated" "延期(?:され|いたし|致し|し|と)"
cue "updated" "(?:訂正|変更)(?:いたし|致し|し|のお知らせ)"

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
