"""What the device does now, for the processes that show it to the world: page and MQTT."""
