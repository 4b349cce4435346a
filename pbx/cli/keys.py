"""`pbx keys`: the public halves of the recording keys; private ones never leave the vault."""

from cyclopts import App

from pbx.cli.output import details, print_json
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.cli.vault import answered, vault

app = App(name="keys", help="Keys of the recordings.")


@app.command
async def show(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show each tenant's age recipients and the Ed25519 key (hexadecimal) that manifests are signed with."""
    place = site(config)
    with vault(place.places) as client:
        public_key = answered(await client.public_key())
        recipients = {name: answered(await client.recipients(name)) for name in place.configuration.tenants}
    if as_json:
        print_json({"signing_key": public_key, "recipients": recipients, "vault": place.places.vault_keys})
        return
    rows = {f"recipient {name}": " ".join(texts) for name, texts in recipients.items()}
    details({"signing key": public_key.hex(), **rows, "private keys": place.places.vault_keys}, as_json=False)
