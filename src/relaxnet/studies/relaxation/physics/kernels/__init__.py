"""The code that numba compiles, and nothing else.

Whoever needs a kernel imports it where it is used, inside a function: numba takes half a second to import, and what
holds for the whole process is decided then (`compiling`), not by an import of the package.
"""
