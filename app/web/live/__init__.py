"""Sockets: outgoing only. A socket carries no session and nothing personal, and bids never.

The server chooses what a socket hears from the public sale that the page names (SEC-S5); what a
client says is counted and thrown away, and too much of it ends the socket (SEC-S6). There is
nothing here that a sign-out would have to end (SEC-S3): what is sent is public.

Each message is encoded once, and the same bytes go to every socket. Bidders hear first and every
message; viewers hear what has come together since they last did. Whoever does not read loses the
socket; nobody waits for them.
"""

from app.web.live.hall import Hall
from app.web.live.inbound import BURST

__all__ = ["BURST", "Hall"]
