"""What brokers are worth trusting with: ratings, complaints, sanctions, grades and performance."""
