"""What happened to a right at its office, and how it stands by that: pure, and after WIPO ST.27."""
