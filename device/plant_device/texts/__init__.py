"""What people are told of a class, a decision and its cause, in their language."""
