"""The power goes while the device works: what is there afterwards.

`rounds.py` and `interruptions.py` kill an emulator and start it again, `replay.py` makes many cuts
of one start from what its disk was told (`write_log.py`); `virtual_pi/recording.py` and `works.py`
say what is done meanwhile, `store_after_cut.py` and `installed_program.py` look at what is left.
"""
