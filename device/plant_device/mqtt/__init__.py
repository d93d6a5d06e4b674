"""What the device reports to an MQTT broker. Documented in docs/mqtt.md."""
