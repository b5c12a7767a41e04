"""Data rooms: what a seller shows to those who signed for its secrecy, to whom, and who looked."""
