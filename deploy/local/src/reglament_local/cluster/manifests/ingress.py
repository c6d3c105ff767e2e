"""One origin for people (architecture 13), by the same table as the local front.

A controller that takes regular expressions is needed. ingress-nginx tries them longest first and
without regard to case, not in our order; a test asks for every path of the API that way.
"""

from reglament_local.cluster.manifests.kafka import Json
from reglament_local.routes import ESCALATION, INTAKE, NOTIFIER, ROUTES, SLA_CLOCK

SERVICE_OF = {
    INTAKE: "intake",
    SLA_CLOCK: "sla-clock",
    ESCALATION: "escalation",
    NOTIFIER: "notifier",
}
HOST = "reglament.example"
# What Prometheus and Kubernetes ask each pod is nobody's business outside. Shorter than any line
# of the table: the longest is matched first.
REST = "/(?!metrics|readyz).*"
ANNOTATIONS = {
    "nginx.ingress.kubernetes.io/use-regex": "true",
    "nginx.ingress.kubernetes.io/ssl-redirect": "true",
    # Event streams: pass every byte on at once, and do not give up on a quiet one.
    "nginx.ingress.kubernetes.io/proxy-buffering": "off",
    "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
    "nginx.ingress.kubernetes.io/proxy-body-size": "50m",
}


def ingress() -> Json:
    """TLS ends here; the Secret reglament-tls is the site's."""
    lines = [(pattern.pattern, SERVICE_OF[owner]) for pattern, owner in ROUTES]
    paths = [_path(pattern, service) for pattern, service in (*lines, (REST, "intake"))]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "reglament",
            "labels": {"app.kubernetes.io/part-of": "reglament"},
            "annotations": ANNOTATIONS,
        },
        "spec": {
            "ingressClassName": "nginx",
            "tls": [{"hosts": [HOST], "secretName": "reglament-tls"}],
            "rules": [{"host": HOST, "http": {"paths": paths}}],
        },
    }


def _path(pattern: str, service: str) -> Json:
    return {
        "path": pattern,
        "pathType": "ImplementationSpecific",
        "backend": {"service": {"name": service, "port": {"name": "http"}}},
    }
