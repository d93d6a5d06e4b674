"""PlantVillage: from wherever it is to class folders with the official split by leaf."""
