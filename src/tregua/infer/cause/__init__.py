"""What else speaks of the cause of a fall: indicators near it, one factor each."""
