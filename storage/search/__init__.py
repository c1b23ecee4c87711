"""Full-text search over comments."""
