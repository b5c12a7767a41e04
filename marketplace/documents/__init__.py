"""Files by content, who may read them, and the papers we print."""
