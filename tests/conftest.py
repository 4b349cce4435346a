"""What holds for all tests."""

from hypothesis import settings

# A property is about values. How long an example takes depends on what else the machine does; whatever has to
# be quick has a test that measures it.
settings.register_profile("pbx", deadline=None)
settings.load_profile("pbx")
