"""Every page of notifications. Pure."""

from services.notifications.rules.rule import DONE, UNSUBSCRIBE
from shared.web.registry import Listed

ONE_CLICK = "List-Unsubscribe"
"""What a mail program sends by itself (RFC 8058)."""

PAGES = (
    Listed(
        f"/{UNSUBSCRIBE}/{{token}}",
        "link",
        "messages of a campaign, to be stopped",
        form=True,
        by_machines=frozenset({ONE_CLICK}),
    ),
    Listed(f"/{DONE}/{{token}}", "link", "what an MI Sheet asks for, to be marked as done", form=True),
)
