"""What runs on the Raspberry Pi or Jetson: camera, classification, decision. No TensorFlow."""
