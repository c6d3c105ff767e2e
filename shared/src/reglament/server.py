"""The HTTP server of a process, from its first signal to its end."""

import os
import signal
import threading
from types import FrameType

import uvicorn
from fastapi import FastAPI

LAST_NET_SECONDS = 5.0


class Server(uvicorn.Server):
    """Says "not ready" from the first signal on; is gone in any case soon after the deadline."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or Ctrl-C."""
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.draining = True
            seconds = app.state.settings.shutdown_seconds + LAST_NET_SECONDS
            net = threading.Timer(seconds, os._exit, (1,))
            net.daemon = True
            net.start()
        # Not uvicorn's own: it raises the signal again at the end, and a clean end is exit code 0.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
