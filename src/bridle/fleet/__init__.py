"""Many acquisitions: plan them, run the plan on processes or a cluster, keep the cases in a lake, and ask them."""
