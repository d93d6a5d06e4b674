"""What comes from the network: PlantVillage and published weights (docs/download.md)."""
