"""Speed, measured as a user meets it: whole commands, and calls side by side with peers in one process."""
