"""Who is let in: token, sessions, failed tries, hosts and origins."""
