"""What this desk is asked, and by whom."""

from typing import Any

from reglament_local.demo.pictures import attachment, png

SCREENSHOT = attachment("ecran.png", png())
REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "Le module ne démarre plus",
    "description": "Après la mise à jour, le module s'arrête au démarrage.",
    "priority": "high",
    "category": "operation",
    "requester": {"name": "Claire Martin", "phone": "+33 1 23 45 67 89", "locale": "fr"},
    "fields": {
        "steps": "1. Installer la 4.2\n2. Démarrer",
        "frequency": "à chaque démarrage",
        "version": "4.2",
    },
    "attachments": [SCREENSHOT],
}
