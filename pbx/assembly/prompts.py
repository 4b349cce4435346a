"""Who speaks for each tenant."""

from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.media.io.engines import find_engine
from pbx.media.io.prompts import PromptLibrary


def prompt_libraries(config: Configuration, places: Places) -> dict[str, PromptLibrary]:
    """One library per tenant: its recorded prompts, then the engine."""
    speech = config.pbx.speech
    engine = None if speech.engine == "none" else find_engine(engine_name(speech.engine, speech.voice))
    return {
        tenant.name: PromptLibrary(
            recorded=(tenant.prompts,),
            cache=places.cache,
            engine=engine,
            country=tenant.country.lower(),
            voices=config.voices or None,  # a voice whose name says no language may speak any
        )
        for tenant in config.tenants.values()
    }


def engine_name(engine: str, voice: str) -> str:
    """The name `find_engine` knows; piper's model is named by PBX_PIPER_MODEL."""
    return f"flite:{voice}" if engine == "flite" else engine
