"""`pbx keys wrap`: the keys of a vault that does not run, moved to who wraps them from now on."""

import os

from pbx.cli.output import Refusal
from pbx.cli.progress import Bar
from pbx.cli.site import Site
from pbx.cli.vault import actor
from pbx.core.errors import StorageError
from pbx.recording.io.key_provider import Providers, read_wrapping
from pbx.recording.io.vault_audit import VaultAudit
from pbx.recording.io.vault_move import Move
from pbx.supervisor import lock_or_refuse


def move_keys(place: Site, purpose: str, *, makes_kek: bool) -> dict[str, object]:
    """Move every key of the vault to the provider of `recording.vault`; return what came of it."""
    places = place.places
    written = place.configuration.pbx.recording.vault
    providers = Providers(read_wrapping(written.at(places.base)))
    places.make()
    try:
        lock = lock_or_refuse(places)
    except StorageError:
        raise Refusal("the PBX runs, and its vault writes keys too: stop it, then wrap them") from None
    try:
        made = makes_kek and _make_kek(providers)
        audit = VaultAudit(places.vault_audit)
        said = {"actor": actor(), "purpose": purpose}
        move = Move(places.vault_keys, providers, audit.note, said=said)
        steps = move.run()
        with Bar("wrapping keys", next(steps)) as bar:
            for step in steps:
                bar.advance(step)
        counts = {"moved": move.n_moved, "already_there": move.n_there, "erased": move.n_erased}
        return {"provider": written.provider, "kek": move.kek or "none", "kek_made": made} | counts
    finally:
        os.close(lock)


def _make_kek(providers: Providers) -> bool:
    """Make the key-encryption key in the token; False = it is there already."""
    provider = providers.chosen()
    if provider.name != "pkcs11":
        raise Refusal(f"--make-kek makes a key in a PKCS#11 token, and the provider is {provider.name}")
    from pbx.recording.io.pkcs11_provider import Pkcs11Provider

    assert isinstance(provider, Pkcs11Provider)
    return provider.make()
