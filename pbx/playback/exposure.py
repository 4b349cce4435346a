"""Whether a web server would carry recordings in the clear over a network."""

from ipaddress import ip_address


def exposed(host: str, *, has_certificate: bool, behind_proxy: bool) -> str:
    """Return why it may not listen there, "" = it may; ValueError when `host` is no address."""
    if has_certificate or behind_proxy or ip_address(host).is_loopback:
        return ""
    return (
        f"on {host} recordings and links would cross the network in the clear: name a certificate, or say "
        "`behind_proxy: true` where a proxy in front speaks TLS"
    )
