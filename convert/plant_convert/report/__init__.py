"""What a conversion is shown with."""
