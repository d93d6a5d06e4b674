"""The machine itself: what is wrong with it, how fast it is, how hot."""
