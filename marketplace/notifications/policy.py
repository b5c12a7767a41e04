"""Who reads the inbox, and who sees the mail."""

from marketplace.core.policy import Permission, is_operator, is_signed_in

read_inbox = Permission("notification.read", ((is_signed_in,),))
resend_mail = Permission("mail.resend", ((is_operator,),))
