"""How strong the vectors are: every spec that differs in one place must fail one of them.

A mutant is the resolved spec with one change. It is refused (no sound spec), killed (a vector tells
it from the spec), equal (proven to behave alike) or a survivor, which is a gap in the vectors.
"""
