"""The workstation's stage: from folders of leaves to a run."""
