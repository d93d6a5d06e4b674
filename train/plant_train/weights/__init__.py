"""Published weights, tensor by tensor, into our layers."""
