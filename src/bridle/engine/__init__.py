"""Plan, run and collect: from sources to a finished case."""
