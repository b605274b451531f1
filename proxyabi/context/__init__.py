"""What one plugin or one stream knows, and the events and commands that the core speaks in."""
