"""Price formation that anyone can check: auctions, their bidders, deposits, proofs."""
