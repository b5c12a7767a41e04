"""Who may read the books."""

from marketplace.core.policy import Permission, is_operator

read_books = Permission("ledger.read", ((is_operator,),))
