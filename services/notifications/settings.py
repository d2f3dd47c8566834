"""What the notifications service is told besides what every service is told."""

from shared.settings import Settings


class NotificationsSettings(Settings):
    """Where mail and letters go."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    mail_from: str = "Attendance Team <csattendance@norfolk.gov.uk>"
    notify_url: str = "https://api.notifications.service.gov.uk"
    notify_key: str
    """A GOV.UK Notify API key: name, service id and secret, as Notify gives it."""
    notify_timeout: int = 10
    """Seconds that Notify gets to answer."""
    send_lease: int = 60
    """Seconds for which a claimed send belongs to its replica: longer than any provider's slowest answer."""
    letter_poll: int = 900
    """Seconds between two questions after a letter: Notify reports no progress of letters by itself."""
