"""What the server answers when it says no, in Stripe's shape."""

from typing import Any


class StripeRefusal(Exception):
    """An answer of 4xx. Raised while serving a request; whatever the request did is undone."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.code is not None:
            error["code"] = self.code
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


class MalformedRequest(StripeRefusal):
    """The parameters are wrong, so nothing was begun and the idempotency key stays unused."""


def unknown_parameter(param: str) -> MalformedRequest:
    return MalformedRequest(
        f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )


def not_played(param: str) -> MalformedRequest:
    return MalformedRequest(
        f"Stripe knows the parameter {param}, but the local server does not play it.",
        code="parameter_not_played",
        param=param,
    )


def missing_parameter(param: str) -> MalformedRequest:
    return MalformedRequest(
        f"Missing required param: {param}.", code="parameter_missing", param=param
    )


def invalid(param: str, message: str, code: str = "parameter_invalid") -> MalformedRequest:
    return MalformedRequest(message, code=code, param=param)


def no_such(kind: str, object_id: str, param: str = "id") -> StripeRefusal:
    return StripeRefusal(
        f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param=param
    )


def wrong_state(message: str, code: str) -> StripeRefusal:
    return StripeRefusal(message, code=code)
