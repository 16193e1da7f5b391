"""Fine-tuning: trainers here and elsewhere, their jobs, and what a finished one becomes."""
