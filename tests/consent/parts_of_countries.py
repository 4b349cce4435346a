"""How `phonenumbers` writes the states and provinces of North America, a slip of its pen among them."""

_WRITTEN = """
US-AL Alabama, US-AK Alaska, US-AZ Arizona, US-AR Arkansas, US-CA California, US-CO Colorado,
US-CT Connecticut, US-DC Washington D.C., US-DE Delaware, US-FL Florida, US-GA Georgia, US-HI Hawaii,
US-IA Iowa, US-ID Idaho, US-IL Illinois, US-IN Indiana, US-KS Kansas, US-KY Kentucky, US-LA Louisiana,
US-MA Massachusetts, US-MD Maryland, US-ME Maine, US-MI Michigan, US-MN Minnesota, US-MO Missouri,
US-MS Mississippi, US-MT Montana, US-NC North Carolina, US-ND North Dakota, US-NE Nebraska,
US-NH New Hampshire, US-NJ New Jersey, US-NM New Mexico, US-NV Nevada, US-NY New York, US-OH Ohio,
US-OK Oklahoma, US-OR Oregon, US-PA Pennsylvania, US-RI Rhode Island, US-SC South Carolina,
US-SD South Dakota, US-TN Tennessee, US-TX Texas, US-UT Utah, US-VA Virginia, US-VT Vermont,
US-WA Washington State, US-WI Wisconsin, US-WV West Virginia, US-WY Wyoming,
CA-AB Alberta, CA-BC British Col, CA-MB Manitoba, CA-NB New Brunswick, CA-NL Newfoundland,
CA-NS Nova Scotia, CA-ON Ontario, CA-PE Prince Edward Island, CA-QC Quebec, CA-SK Saskatchewan, CA-YT Yukon
"""
NAMES = dict(one.split(maxsplit=1) for one in _WRITTEN.replace("\n", " ").split(", "))


def is_named(region: str, words: str) -> bool:
    """Whether words such as "Ohio" or "Los Angeles, CA" are about a place in a region such as US-OH."""
    return NAMES.get(region, region).strip() in words or words.endswith(f", {region[3:]}")
