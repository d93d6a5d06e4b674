"""Picture → logits → prediction → decision; pure from the logits on."""
