"""Named feeds: traffic of many shapes, made by a seed, with what breaks in it and the truth about it.

`floodmark simulate --feed NAME` writes one as files; `floodmark scorecard --feeds` judges and scores all of them.
"""
