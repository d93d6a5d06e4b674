"""What a client may take: connections, time and bytes."""
