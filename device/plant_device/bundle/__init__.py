"""A folder with all that a board needs: made where a network is, installed where none is."""
