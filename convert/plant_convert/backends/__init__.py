"""What turns a Keras graph into a flatbuffer; one converter a file."""
