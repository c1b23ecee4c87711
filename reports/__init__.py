"""Reporting: findings in, pages and tables out."""
