"""What the schedules say: authorities, rules, triggers and what is due; pure."""
