"""Reading ratings, complaints, sanctions, grades and performance; each reader what it may."""
