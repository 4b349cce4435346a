"""The spell-out rules of the Unicode CLDR, which ICU carries: the same numerals by other hands."""

import ctypes
from ctypes.util import find_library
from functools import lru_cache
from typing import Any

SPELLOUT = 5  # UNUM_SPELLOUT of ICU's C interface
DEFAULT_RULESET = 6  # UNUM_DEFAULT_RULESET
LONGEST = 512
SOFT_HYPHEN = "\xad"


class Oracle:
    """One language of ICU, whose functions end in its version."""

    def __init__(self, locale: str) -> None:
        name = find_library("icui18n")
        if name is None:
            raise RuntimeError("no libicui18n: apt-get install libicu72, or whichever nodejs brings")
        self._icu, self._version = ctypes.CDLL(name), name.rpartition(".")[2]
        self._locale = locale
        self._format = lru_cache(self._opened)

    def spelled(self, number: int, ruleset: str) -> str:
        """Return a number by a rule set, `ordinal-feminine` for one."""
        out, status = (ctypes.c_uint16 * LONGEST)(), ctypes.c_int(0)
        arguments = (self._format(ruleset), ctypes.c_int64(number), out, LONGEST, None, status)
        length = self._call("unum_formatInt64", ctypes.c_int32, *arguments)
        assert status.value <= 0, (self._locale, ruleset, status.value)
        return bytes(out)[: 2 * length].decode("utf-16-le").replace(SOFT_HYPHEN, "")

    def _opened(self, ruleset: str) -> Any:
        status = ctypes.c_int(0)
        arguments = (SPELLOUT, None, 0, self._locale.encode(), None, status)
        made = ctypes.c_void_p(self._call("unum_open", ctypes.c_void_p, *arguments))
        name = f"%spellout-{ruleset}"
        octets = (ctypes.c_uint16 * len(name))(*map(ord, name))
        self._call("unum_setTextAttribute", None, made, DEFAULT_RULESET, octets, len(name), status)
        assert status.value <= 0, (self._locale, ruleset, status.value)
        return made

    def _call(self, name: str, result: Any, *arguments: Any) -> Any:
        function = getattr(self._icu, f"{name}_{self._version}")
        function.restype = result
        return function(*(ctypes.byref(one) if isinstance(one, ctypes.c_int) else one for one in arguments))
