"""The posterior: SMC squared, its proposals and checkpoints, and what it leaves."""
