"""Who carries one-time codes, as configured."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from pbx.assembly.lookups import allowed, headers_of, secret_of, wrong_file
from pbx.config.gateways import MailServer
from pbx.config.gateways import SmsGateway as WrittenGateway
from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.core.secret import Secret
from pbx.runner.code_desk import Carrier, CodeOffice
from pbx.sip.media_peers import is_lab
from pbx.verify.io.sms_gateway import SmsGateway
from pbx.verify.io.smtp_mail import SmtpMail
from pbx.verify.one_time_code import Way


def offices_of(config: Configuration, places: Places) -> dict[str, CodeOffice]:
    """How tenants send codes, by name; ConfigError for a file that cannot be used."""
    lab = is_lab(config.pbx.rtp.host)
    return {tenant.name: _office(tenant, places, lab=lab) for tenant in config.tenants.values()}


def _office(tenant: Tenant, places: Places, *, lab: bool) -> CodeOffice:
    written, carriers = tenant.verification, dict[Way, Carrier]()
    if written.sms is not None:
        carriers["sms"] = _gateway(written.sms, places, lab=lab)
    if written.mail is not None:
        carriers["mail"] = _relay(written.mail, places)
    return CodeOffice(
        name=written.codes.name or tenant.domain,
        carriers=carriers,
        contact_age=timedelta(days=written.codes.contact_days),
        language=tenant.language,
        notice=written.owner_notice,
    )


def _gateway(written: WrittenGateway, places: Places, *, lab: bool) -> SmsGateway:
    file = written.headers_file
    return SmsGateway(
        written.url,
        written.body,
        headers=headers_of(places.resolve(file)) if file is not None else {},
        is_allowed=allowed(map(ip_network, written.allow), lab=lab),
        timeout_s=written.timeout,
    )


def _relay(written: MailServer, places: Places) -> SmtpMail:
    file = written.account_file
    return SmtpMail(
        (written.host, written.port),
        written.sender,
        written.tls,
        account=_account(places.resolve(file)) if file is not None else None,
        timeout_s=written.timeout,
    )


def _account(file: Path) -> tuple[str, Secret[str]]:
    user, colon, password = secret_of(file).strip().partition(":")
    if not colon or not user.strip() or not password.strip():
        raise wrong_file(file, "expected one line, `user: password`")
    return user.strip(), Secret(password.strip())
