"""What the SDK and WayFlow do again for each document or model, done once: most of their time goes there, and nothing of it is compared."""

import json
import ssl

import jsonschema


def valid_schemas():
    """Has each JSON schema checked once; those that are refused, each time."""
    check, valid = jsonschema.Draft202012Validator.check_schema, set()

    def check_once(schema, *arguments, **options):
        text = json.dumps(schema)
        if text not in valid:
            check(schema, *arguments, **options)
            valid.add(text)

    jsonschema.Draft202012Validator.check_schema = check_once


def no_certificates():
    """Has no authorities' certificates read, which WayFlow does for each model: the tests' servers speak plain HTTP."""
    ssl.SSLContext.load_verify_locations = lambda *arguments, **options: None
