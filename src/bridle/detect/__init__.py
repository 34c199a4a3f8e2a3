"""Rules and indicators run over a case: findings, and what could not be examined."""
