"""What Schemathesis must not ask, and what it looks at beside its own checks."""

import json
import os
import re
import uuid
import zlib

import schemathesis

# Who asks, so that nobody takes away the ground they stand on.
OWN_IDS = set(os.environ.get("OWN_IDS", "").split(",")) - {""}

# What the demo data has, so that questions reach more than "there is no such thing".
KNOWN_IDS = json.loads(os.environ.get("KNOWN_IDS", "{}"))
ALIASES = {
    "campaign": "campaignId",
    "campaign_id": "campaignId",
    "channel_id": "channelId",
    "creative_id": "creativeId",
    "reportId": "campaignId",
    "streamerChannelIds": "channelId",
}
UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

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
# Fields that a rule asks for and no schema: only an admin must say whose campaign it is, and
# only a rejection needs a reason.
ASKED_FOR_BY_A_RULE = {"organizationId", "reason"}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Half of all ids become ones that are there, and none is the caller's own."""
    if isinstance(case.path_parameters, dict):
        noun = case.operation.path.split("/")[1].removesuffix("s")
        for name, value in case.path_parameters.items():
            known = f"{noun}Id" if name == "id" else name
            case.path_parameters[name] = there(known, value)
    for values in [case.query, case.body]:
        if isinstance(values, dict) and "file" not in values:
            for name, value in values.items():
                values[name] = there(name, value)


@schemathesis.hook
def map_body(context, body):
    """The same for forms, whose bytes Schemathesis does not look at again; their file is last."""
    if isinstance(body, dict) and "file" in body:
        texts = {name: there(name, value) for name, value in body.items() if name != "file"}
        return {**texts, "file": body["file"]}
    return body


def there(name, value):
    """The value, or the id of something that is there in its place; always of the same shape."""
    if isinstance(value, list):
        return [there(name, item) for item in value]
    if not isinstance(value, str) or not UUID.fullmatch(value):
        return value
    if value.lower() in OWN_IDS:
        return str(uuid.UUID(int=0))
    known = KNOWN_IDS.get(ALIASES.get(name, name), [])
    choice = zlib.crc32(value.encode())
    return known[choice % len(known)] if known and choice % 2 else value


def is_a_rule(error):
    """Whether a refusal is for a rule that no schema can tell, such as the order of parts."""
    of_order = error.get("message", "").endswith("before the file")
    return of_order or error.get("field") in ASKED_FOR_BY_A_RULE


@schemathesis.check
def the_description_says_what_is_refused(context, response, case):
    """Data that the description allows is not refused for its shape."""
    mode = case.meta.generation.mode if case.meta else None
    if mode != schemathesis.GenerationMode.POSITIVE or response.status_code != 400:
        return
    # Schemathesis takes an empty header for one that is not there.
    if "" in [str(value).strip() for value in (case.headers or {}).values()]:
        return
    problem = response.json()
    errors = problem["errors"] or [problem]
    codes = {error["code"] for error in errors if not is_a_rule(error)}
    wrong = sorted(codes & CODES_OF_SHAPE)
    assert not wrong, f"refused with {wrong}, which the description does not tell: {problem}"
