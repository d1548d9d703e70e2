"""What an operator sets, read once from the environment. Only the wiring (`app`, `workers`) imports this."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has the same name in the environment, in capitals; `docs/runbook.md` explains each.
    One that is set to nothing counts as not set. Addresses may hold passwords and are left out of `repr`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: str | None = Field(default=None, repr=False)
    redis_url: str | None = Field(default=None, repr=False)
    data_dir: Path = Path(".data")
    port: int = 8000
    public_address: str | None = None
    demo: bool = False
    profile: Path = Path("profiles/hertfordshire.toml")
    secret_key: SecretStr | None = None
    keys_file: Path | None = None
    allowed_hosts: str = ""
    pool_size: int = 16
    log_level: str = "INFO"
    notify_api_key: SecretStr | None = None
    notify_base_url: str = "https://api.notifications.service.gov.uk"
    notify_template_email: str = ""
    notify_template_text: str = ""
    notify_template_letter: str = ""
    notify_callback_token: SecretStr | None = None
    smtp_url: str | None = Field(default=None, repr=False)
    smtp_from: str = ""
    messages_a_minute: int = Field(default=2700, ge=0)
    keys: SecretStr | None = None
    private_network: bool = False
    oidc_issuer: str | None = None
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_private_key_file: Path | None = None
    oidc_key_id: str = ""
    oidc_algorithm: Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"] = "RS256"
    oidc_name: str = "your organisation"
    oidc_scope: str = "openid profile email"
    oidc_acr: str = ""
    oidc_amr: str = ""
    oidc_max_age: int | None = Field(default=None, ge=60)
    oidc_trust_email: bool = False
    oidc_factor_by_policy: bool = False
    second_factor: Literal["required", "offered"] | None = None
    voicemail_secret: SecretStr | None = Field(default=None, min_length=32)
    files_dir: Path | None = None
    files_bucket: str = ""
    files_endpoint: str | None = None
    files_region: str = "eu-west-2"
    files_key_id: str = ""
    files_secret_key: SecretStr | None = None
    clamav_url: str | None = None

    @field_validator("database_url")
    @classmethod
    def _speaks_asyncpg(cls, url: str | None) -> str | None:
        # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg, which is not installed.
        if url and url.startswith(("postgres://", "postgresql://")):
            url = "postgresql+asyncpg://" + url.split("://", 1)[1]
        # libpq's name for it, which managed databases hand out; asyncpg calls it ssl.
        return url.replace("?sslmode=", "?ssl=").replace("&sslmode=", "&ssl=") if url else url

    @property
    def address(self) -> str:
        """The address people use, without a trailing slash; links in messages start with it."""
        return (self.public_address or f"http://localhost:{self.port}").rstrip("/")

    @property
    def keys_path(self) -> Path:
        """Where the encryption keys stand."""
        return self.keys_file or self.data_dir / "keys.json"

    @property
    def secure_cookies(self) -> bool:
        """True when people reach the service over TLS."""
        return self.address.lower().startswith("https://")

    @property
    def second_factor_required(self) -> bool:
        """Whether staff need more than a password: always, but in a demo or where it is set otherwise."""
        return self.second_factor == "required" or (self.second_factor is None and not self.demo)

    @property
    def hosts(self) -> list[str]:
        """Host names the service answers to; empty means any (the proxy decides)."""
        return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]
