"""Settings in, a post room out: which provider carries which kind of message, and how fast."""

from redis.asyncio import Redis

from core.domain.profile import Profile
from core.domain.settings import Settings
from notifications.pace import Pace, Rate
from notifications.postroom import ON_SCREEN, PostRoom
from notifications.providers.notify import Notify
from notifications.providers.on_screen import Nobody
from notifications.providers.smtp import Smtp, smtp_server
from notifications.words import Channel, Provider


def make_post_room(settings: Settings, profile: Profile, redis: Redis) -> PostRoom:
    """GOV.UK Notify for each channel that has a template there, SMTP for e-mail otherwise. While neither is set
    everything is shown on screen; once one is, a channel without a provider goes to a person's list, since a message
    that looks sent and was not is worse than one that waits. ValueError when SMTP_URL cannot be used."""
    providers = _by_smtp(settings, profile) | _by_notify(settings)
    if not providers:
        return ON_SCREEN
    secret = settings.notify_callback_token
    return PostRoom(
        providers={channel: providers.get(channel) or Nobody(channel) for channel in Channel},
        pace=Pace(redis, Rate(settings.messages_a_minute)) if settings.messages_a_minute else None,
        callback_secrets={"notify": secret.get_secret_value()} if secret else {},
    )


def _by_notify(settings: Settings) -> dict[Channel, Provider]:
    if not settings.notify_api_key:
        return {}
    templates = {
        Channel.EMAIL: settings.notify_template_email,
        Channel.TEXT: settings.notify_template_text,
        Channel.LETTER: settings.notify_template_letter,
    }
    known = {channel: template for channel, template in templates.items() if template}
    notify = Notify(settings.notify_api_key.get_secret_value(), settings.notify_base_url, known)
    return dict.fromkeys(known, notify)


def _by_smtp(settings: Settings, profile: Profile) -> dict[Channel, Provider]:
    if not settings.smtp_url:
        return {}
    server = smtp_server(settings.smtp_url)
    return {Channel.EMAIL: Smtp(server, settings.smtp_from or profile.email, profile.service)}
