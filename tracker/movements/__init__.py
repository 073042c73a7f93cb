"""What people do: each act takes a session inside `tracker.db.writing`, a command, who acts and when."""
