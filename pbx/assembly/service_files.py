"""What the services need of a configuration and of the files that it names: read first, swapped in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pbx.assembly.codes import offices_of
from pbx.assembly.lookups import entries_of, lookups_of, reputations_of
from pbx.assembly.programs import programs_of
from pbx.assembly.prompts import prompt_libraries
from pbx.assembly.stir import trust_of
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.media.io.prompts import PromptLibrary
from pbx.runner.code_desk import CodeOffice
from pbx.runner.entries import Receiver
from pbx.runner.errands import Services
from pbx.runner.lookups import Lookup
from pbx.runner.program_desk import Asker
from pbx.runner.reputations import Asked
from pbx.sip.stir.io.verifier import TrustSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFiles:
    """Each by tenant, but the trust in certificates."""

    libraries: dict[str, PromptLibrary]
    trust: TrustSettings
    offices: Mapping[str, CodeOffice]
    lookups: Mapping[str, Lookup]
    receivers: Mapping[str, Receiver]
    scorers: Mapping[str, Asked]
    programs: Mapping[str, Mapping[str, Asker]]

    @classmethod
    def read(cls, config: Configuration, places: Places) -> Self:
        """Return what is there now; ConfigError for a file that cannot be used. It waits for the disk."""
        return cls(
            libraries=prompt_libraries(config, places),
            trust=trust_of(config, places),
            offices=offices_of(config, places),
            lookups=lookups_of(config, places),
            receivers=entries_of(config, places),
            scorers=reputations_of(config, places),
            programs=programs_of(config, places),
        )

    async def keep(self, services: Services) -> None:
        """Do what a store may yet refuse, StorageError: nothing else has changed then."""
        await services.lookups.swap(self.lookups)
        await services.programs.swap(self.programs)

    def swap(self, services: Services) -> None:
        """Serve calls by these from now on, behind `keep`; prompts are the runner's to swap."""
        services.verifier.swap(self.trust)
        services.codes.tenants = self.offices
        services.lookups.entries.swap(self.receivers)
        services.lookups.reputations.tenants = self.scorers
