"""From folders of pictures to batches: layouts, split, cache, augmentation, pipeline."""
