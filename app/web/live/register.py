"""Who is connected, kept so that leaving costs the same however many stay."""

from __future__ import annotations

from typing import Any

import socketio


class Register(socketio.Manager):
    """python-socketio looks through every socket's room for each that leaves: a crowd of 5,000
    that loses its network at once would hold up whoever stays for seconds. Here every socket is
    in the common room and in its own, and in no other."""

    def basic_disconnect(self, sid: str, namespace: str, **_more: Any) -> None:
        self.basic_leave_room(sid, namespace, sid)
        self.basic_leave_room(sid, namespace, None)
        self.callbacks.pop(sid, None)
        for waiting in (self.pending_connect, self.pending_disconnect):
            if sid in waiting.get(namespace, ()):
                waiting[namespace].remove(sid)
