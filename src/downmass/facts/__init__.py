"""The nouns: immutable, without behaviour beyond validity.

``event`` holds everything that can happen, ``campaign`` folds events into state.
"""
