"""The account's blueprint; each view says whom it is for, and the start fails where one does not.

Views stand in files by subject, gathered in `routes.py`.
"""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import as_marked, gated

bp = gated(Blueprint("account", __name__, url_prefix="/account"), as_marked)
