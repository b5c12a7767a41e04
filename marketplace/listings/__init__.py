"""What is offered, on which terms, and how it becomes public."""
