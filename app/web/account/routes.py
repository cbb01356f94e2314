"""Accounts: register, sign in, second factor, sessions. Each view guards itself further."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, open_to_all

bp = gated(Blueprint("account", __name__, url_prefix="/account"), open_to_all)
