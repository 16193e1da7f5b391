"""What operators see of the service: its log, its figures and its traces; never a customer's words."""
