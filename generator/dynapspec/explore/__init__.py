"""Search spaces: which of many networks fit which chips.

A file states a network with choices in it. Every combination is judged, many at once, straight from the
formulas of the specs; nothing is sampled and nothing is trained.
"""
