"""A leaf data set drawn by program: eight classes, no download, the same bytes from the same seed.

How a picture comes about, one file a step: `species` says what a class looks like, `leaf_shape`
draws its outline and veins, `blade` paints it, `lesions` makes it ill, `ground` is what it lies on,
`scene` puts the leaf on the ground, `light` falls on it and `camera` takes it. `picture` does all
of this once; `data_set` writes folders of pictures and `video` a clip.
"""
