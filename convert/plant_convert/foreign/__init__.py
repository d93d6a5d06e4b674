"""Classifiers that others made: judged as they are, or brought into the contract's form."""
