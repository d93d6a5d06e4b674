"""What all three stages agree on: geometry, classes, the model file, figures, errors."""
