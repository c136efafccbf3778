"""The stages of a study's pipeline, each a function of one `Study`: simulate, validate, train, evaluate, search,
register, compare, and the grid of trainings.
"""
