"""Holds `marketing.yaml` against the other files: its extensions exist, its numbers and regions are some."""

from phonenumbers import SUPPORTED_REGIONS

from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.core.phone import full_number


def check_marketing(source: TenantSource) -> list[ConfigError]:
    """Return an error for each extension and country that there is not, and each text that is no number."""
    if source.marketing is None:
        return []
    return [*_check_extensions(source), *_check_numbers(source), *_check_hours(source)]


def _check_extensions(source: TenantSource) -> list[ConfigError]:
    assert source.marketing is not None, "it was looked for"
    if source.extensions is None or "extensions.yaml" in source.broken:
        return []
    document, known = source.marketing.document, source.extensions.model.extensions
    return [
        document.error(("extensions", i), f"there is no extension {number}", did_you_mean(number, known))
        for i, number in enumerate(source.marketing.model.extensions)
        if number not in known
    ]


def _check_numbers(source: TenantSource) -> list[ConfigError]:
    assert source.marketing is not None, "it was looked for"
    if source.settings is None:
        return []
    document, country = source.marketing.document, source.settings.model.country
    return [
        document.error(("numbers", i), f"{number} is no full number in {country}")
        for i, number in enumerate(source.marketing.model.numbers)
        if full_number(number, country) is None
    ]


def _check_hours(source: TenantSource) -> list[ConfigError]:
    """Hours of a region that is none would narrow nothing."""
    assert source.marketing is not None, "it was looked for"
    document = source.marketing.document
    return [
        document.key_error(("hours", region), f"{region.partition('-')[0]} is no country of ISO 3166")
        for region in source.marketing.model.hours
        if region.partition("-")[0] not in SUPPORTED_REGIONS
    ]
