-- Which topic of SNS a mail came through. SNS sends what any customer writes, and puts the link to unsubscribe behind it: only the last
-- such link of a mail is AWS's own. The topic names an account; what follows from that is for rules of your own to say, since
-- the topic of a stranger's account comes in the same mail.

rule "sns.topic" {
  from     = "no-reply@sns.amazonaws.com",
  body     = matches [[(?s).*SubscriptionArn=(?<topic>arn:aws(?:-[a-z]{2,8}){0,2}:sns:[a-z0-9-]{5,24}:\d{12}:[A-Za-z0-9_.-]{1,256})]],
  speaker  = "any",
  final    = false,
}
