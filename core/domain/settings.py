"""What an operator sets, read once from the environment. Only the wiring (`app`, `workers`) imports this."""

from pathlib import Path

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
    pool_size: int = 10
    log_level: str = "INFO"

    @field_validator("database_url")
    @classmethod
    def _speaks_asyncpg(cls, url: str | None) -> str | None:
        # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg, which is not installed.
        if url and url.startswith(("postgres://", "postgresql://")):
            return "postgresql+asyncpg://" + url.split("://", 1)[1]
        return url

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
    def hosts(self) -> list[str]:
        """Host names the service answers to; empty means any (the proxy decides)."""
        return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]
