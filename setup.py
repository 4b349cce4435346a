"""The leaves in C, each with a twin in Python that runs where there is no compiler."""

from Cython.Build import cythonize
from setuptools import Extension, setup

LEAVES = ("pbx.media._follow", "pbx.media.io._straight", "pbx.recording._intake")

setup(
    ext_modules=cythonize(
        [Extension(name, [f"{name.replace('.', '/')}.pyx"], optional=True) for name in LEAVES], quiet=True
    )
)
