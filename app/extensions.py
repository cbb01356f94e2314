"""The Flask extensions, made once and bound to an application in `create_app`."""

from __future__ import annotations

import logging
from datetime import datetime

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import BigInteger, DateTime, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Session, registry, scoped_session

log = logging.getLogger(__name__)

# Constraint names are fixed, so that migrations and error messages can name them.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables. Ids and counts outlive 2^31, and no moment is stored without its zone."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={
            int: BigInteger(),
            datetime: DateTime(timezone=True),
            str: Text(),
        },
    )


class _Sessions(scoped_session[Session]):
    """One session for each application context, gone with it whatever becomes of its connection.

    Where the database is killed between the last question and the end of a request, to close the
    session fails; kept, it would be met with its tenant by a later request of the same number.
    """

    def remove(self) -> None:
        try:
            super().remove()
        except Exception:
            log.warning("a session did not end cleanly", exc_info=True)
            self.registry.clear()


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
db.session = _Sessions(db.session.session_factory, db.session.registry.scopefunc)  # type: ignore[attr-defined]
migrate = Migrate()
babel = Babel()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
