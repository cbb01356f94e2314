"""What was done with an account, in words for its owner."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ACTS: dict[str, Any] = {
    "account_asked_for": _l("Asked for the account"),
    "account_confirmed": _l("Confirmed the e-mail address"),
    "signed_in": _l("Signed in with the password"),
    "second_factor_by_app": _l("Gave a code of the authenticator app"),
    "second_factor_by_mail": _l("Gave a code from our letter"),
    "second_factor_by_recovery_code": _l("Used a recovery code"),
    "app_added": _l("Set up an authenticator app"),
    "app_removed": _l("Removed the authenticator app"),
    "recovery_codes_renewed": _l("Made new recovery codes"),
    "reset_asked_for": _l("Asked for a new password"),
    "password_reset": _l("Set a new password by mail"),
    "password_changed": _l("Changed the password"),
    "details_changed": _l("Changed personal details"),
    "session_ended": _l("Ended a session"),
    "other_sessions_ended": _l("Ended all other sessions"),
    "role_accepted": _l("Accepted a role at a court"),
}
