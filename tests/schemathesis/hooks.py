"""What Schemathesis must not ask, and what it looks at beside its own checks."""

import os
import uuid

import schemathesis

# Who asks, so that nobody takes away the ground they stand on.
OWN_IDS = set(os.environ.get("OWN_IDS", "").split(",")) - {""}

# What is said of data whose shape is wrong. Data that the description allows has no wrong shape;
# it may still be refused for what is in the database, or for a rule between two fields.
CODES_OF_SHAPE = {
    "control_character",
    "duplicate_field",
    "empty_body",
    "invalid_day",
    "invalid_idempotency_key",
    "invalid_if_match",
    "invalid_json",
    "invalid_length",
    "invalid_limit",
    "invalid_path",
    "invalid_type",
    "invalid_value",
    "not_a_number",
    "not_a_time",
    "not_an_email",
    "not_http_url",
    "not_whole",
    "required",
    "too_large",
    "too_long",
    "too_short",
    "too_small",
    "unknown_field",
    "unknown_value",
    "wrong_count",
}
# Fields that a rule asks for and no schema: only an admin must say whose campaign it is.
ASKED_FOR_BY_A_RULE = {"organizationId"}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Another person and another login stand in for the caller's own; a form's file comes last."""
    for name, value in (case.path_parameters or {}).items():
        if str(value).lower() in OWN_IDS:
            case.path_parameters[name] = str(uuid.UUID(int=0))
    if isinstance(case.body, dict) and "file" in case.body:
        case.body["file"] = case.body.pop("file")


@schemathesis.check
def the_description_says_what_is_refused(context, response, case):
    """Data that the description allows is not refused for its shape."""
    mode = case.meta.generation.mode if case.meta else None
    if mode != schemathesis.GenerationMode.POSITIVE or response.status_code != 400:
        return
    problem = response.json()
    errors = problem["errors"] or [problem]
    codes = {
        error["code"] for error in errors if error.get("field") not in ASKED_FOR_BY_A_RULE
    }
    wrong = sorted(codes & CODES_OF_SHAPE)
    assert not wrong, f"refused with {wrong}, which the description does not tell: {problem}"
