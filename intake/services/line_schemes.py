"""Intake's line schemes: a line's stored options as the ways of proof that intake.signatures reckons with."""

from typing import Literal, cast

from intake.models import Line
from intake.models.line import Proof
from intake.signatures import (
    ARTICLE_FORM,
    BEARER,
    VAPI_DEFAULT,
    VAPI_SECRET,
    AccessTokenScheme,
    HmacScheme,
    Scheme,
)

# The default line takes the article's form and VAPI's default form (decision 13).
DEFAULT_LINE_SCHEMES: tuple[Scheme, ...] = (ARTICLE_FORM, VAPI_DEFAULT)


def schemes_of(line: Line) -> tuple[Scheme, ...]:
    """Return exactly what the line accepts. Raises ValueError, with a sentence, for options that prove too little."""
    if line.is_default:
        return DEFAULT_LINE_SCHEMES
    match Proof(line.proof):
        case Proof.SIGNED:
            return (hmac_scheme_of(line),)
        case Proof.ARTICLE:
            return (ARTICLE_FORM,)
        case Proof.BEARER:
            return (BEARER,)
        case Proof.OAUTH2:
            return (AccessTokenScheme(client_id=str(line.pk)),)
        case Proof.VAPI_SECRET:
            return (VAPI_SECRET,)


def hmac_scheme_of(line: Line) -> HmacScheme:
    """Return the HMAC scheme of the line's options. Raises ValueError, with a sentence, for what proves too little."""
    return HmacScheme(
        signature_header=line.signature_header,
        timestamp_header=line.timestamp_header or None,
        prefix=line.signature_prefix,
        include_timestamp=line.include_timestamp,
        payload_format=line.payload_format,
        # Closed lists of the model.
        algorithm=cast("Literal['sha256', 'sha512', 'sha1']", line.algorithm),
        allow_sha1=line.allow_sha1,
        encoding=cast("Literal['hex', 'base64']", line.signature_encoding),
        secret_is_base64=line.secret_is_base64,
    )
