"""Who else signs staff in, as the settings have it."""

from datetime import timedelta

from accounts.api import Federation, Provider
from core.domain.settings import Settings


def make_federation(settings: Settings) -> Federation | None:
    """The provider of the settings; None where none is named. OSError or ValueError when our key cannot be read."""
    return Federation(provider_of(settings)) if settings.oidc_issuer else None


def provider_of(settings: Settings) -> Provider:
    """The same, as accounts know it."""
    key_file, secret = settings.oidc_private_key_file, settings.oidc_client_secret
    return Provider(
        name=settings.oidc_name,
        issuer=settings.oidc_issuer or "",
        client_id=settings.oidc_client_id,
        address=settings.address,
        scope=settings.oidc_scope,
        acr=tuple(settings.oidc_acr.split()),
        amr=tuple(settings.oidc_amr.split()),
        max_age=timedelta(seconds=settings.oidc_max_age) if settings.oidc_max_age else None,
        trusts_email=settings.oidc_trust_email,
        secret=secret.get_secret_value() if secret and not key_file else "",
        private_key=key_file.read_text(encoding="ascii") if key_file else "",
        key_id=settings.oidc_key_id,
        algorithm=settings.oidc_algorithm,
    )
